#pragma once

#include <cstdint>

namespace octavo {

// What an acknowledgement promises. Each protocol maps its own terms to these three.
enum class Durability : std::uint8_t {
  memory,  // applied: visible to readers, lost if the process dies
  os,      // written: survives a process kill, lost in a power cut
  disk,    // fdatasynced: survives a power cut
};

}  // namespace octavo
