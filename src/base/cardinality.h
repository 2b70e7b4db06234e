#pragma once

// How many different things a HyperLogLog sketch has seen. Flajolet, Fusy, Gandouet, Meunier,
// "HyperLogLog" (2007); the estimator, which needs no corrections for few or for many, is that of
// Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (2017), section 4.

#include <cstdint>
#include <span>

namespace octavo {

// `registers[v]`: how many registers hold the value v, from 0 up to one more than the bits of a
// hash that are left beside those that pick a register.
double cardinality(std::span<const std::uint32_t> registers);

}  // namespace octavo
