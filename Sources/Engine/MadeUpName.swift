import Base
import Kernel

/// Names for containers whose user gave none: two words that are easy to say and to type.
enum MadeUpName {
    private static let first = [
        "agile", "amber", "bold", "brave", "bright", "brisk", "calm", "clever", "crisp", "deft",
        "eager", "early", "fair", "fleet", "fond", "free", "gentle", "glad", "golden", "grand",
        "happy", "hardy", "keen", "kind", "light", "lively", "lucid", "mellow", "merry", "mild",
        "neat", "nimble", "noble", "plucky", "proud", "quick", "quiet", "rapid", "ready", "sharp",
        "silver", "smart", "snowy", "spry", "steady", "sunny", "swift", "tidy", "vivid", "warm",
        "wise", "witty", "young", "zesty",
    ]
    private static let second = [
        "avocet", "bittern", "bunting", "buzzard", "chough", "condor", "coot", "crane", "curlew",
        "dipper", "dove", "dunlin", "egret", "eider", "falcon", "finch", "gannet", "goshawk",
        "grebe", "grouse", "harrier", "heron", "hobby", "ibis", "jackdaw", "kestrel", "kite",
        "lapwing", "lark", "linnet", "magpie", "merlin", "nightjar", "oriole", "osprey", "ouzel",
        "petrel", "pipit", "plover", "puffin", "quail", "raven", "redstart", "robin", "ruff",
        "sandpiper", "siskin", "skua", "snipe", "starling", "stork", "swallow", "tern", "thrush",
        "twite", "wagtail", "warbler", "wren",
    ]

    /// Returns `quick_wren`, with a number after the first `attempt`.
    static func make(attempt: Int) throws(KernelFault) -> String {
        let bytes = try Randomness.bytes(4)
        let a = Int(bytes[0]) << 8 | Int(bytes[1])
        let b = Int(bytes[2]) << 8 | Int(bytes[3])
        let name = first[a % first.count] + "_" + second[b % second.count]
        return attempt == 0 ? name : name + "\(a % 1000)"
    }
}
