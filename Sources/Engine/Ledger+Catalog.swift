import Base
import Records
import Specs
import Storages

/// The records are what the store knows its images by; the two rooms do not know each other.
extension Ledger: ImageCatalog {}
