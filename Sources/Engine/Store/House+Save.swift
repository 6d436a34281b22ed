package import Base
package import Kernel
import Records
import Specs
package import Storages

extension House {
    /// Saves images, each under the name it was asked for by, to an open file or directory.
    package func save(
        _ words: [String], to target: borrowing Descriptor, _ choices: ImageShelf.SaveChoices
    ) throws(Problem) {
        let number = target.number
        do throws(Problem) {
            let shelf = try shelf(ledger())
            var images: [(image: ImageRecord, names: [String])] = []
            for word in words {
                let image = try shelf.find(word)
                let names = ImageShelf.namesMeant(by: word, of: image)
                if let index = images.firstIndex(where: { $0.image.id == image.id }) {
                    images[index].names += names
                } else {
                    images.append((image, names))
                }
            }
            let settled = images
            let hold = try holdImages()
            let _: Int = try inStore { (shelf) throws(Problem) in
                let own = try explaining("cannot write the archive") { () throws(KernelFault) in
                    try Standard.duplicate(number)
                }
                try shelf.save(settled, to: own, choices)
                return settled.count
            }
            _ = consume hold
        } catch {
            throw error.during("saving images")
        }
    }
}
