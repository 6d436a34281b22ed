#include <zlib.h>

// isa-l inflates twice as fast as zlib. It is loaded when it is needed and there, and never linked.
#include <isa-l/igzip_lib.h>
typedef void (*cinflate_init)(struct inflate_state *state);
typedef void (*cinflate_reset)(struct inflate_state *state);
typedef int (*cinflate_step)(struct inflate_state *state);
