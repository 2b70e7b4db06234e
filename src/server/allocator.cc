// What the allocator does with freed memory (jemalloc(3), "TUNING"): a thread of its own gives
// pages back to the system a tenth of a second after they were freed, so that what the process
// takes follows what it holds down again after a peak, and a flood of large values does not add up.
// Blocks of 8 MiB and more have an arena of their own: base/allocator.h.

extern "C" {
extern const char* const malloc_conf;
const char* const malloc_conf = "background_thread:true,dirty_decay_ms:100,muzzy_decay_ms:0";
}
