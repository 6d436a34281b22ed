// Nothing to call: the linker is told to let martlet-runtime begin at `ce_begin`.
#pragma once
