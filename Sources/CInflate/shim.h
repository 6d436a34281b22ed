#include <zlib.h>

// isa-l inflates twice as fast as zlib. It is loaded when it is needed and there, and never linked.
#include <isa-l/igzip_lib.h>
typedef void (*cinflate_init)(struct inflate_state *state);
typedef void (*cinflate_reset)(struct inflate_state *state);
typedef int (*cinflate_step)(struct inflate_state *state);

// Its packing is loaded the same way.
typedef void (*cdeflate_init)(struct isal_zstream *stream);
typedef int (*cdeflate_step)(struct isal_zstream *stream);
static const uint32_t cdeflate_level1 = ISAL_DEF_LVL1_DEFAULT;
static const uint32_t cdeflate_level2 = ISAL_DEF_LVL2_DEFAULT;
static const uint32_t cdeflate_level3 = ISAL_DEF_LVL3_DEFAULT;
