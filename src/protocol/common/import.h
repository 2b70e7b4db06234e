#pragma once

// Files of other servers that a protocol can put into the data of a stopped one: `octavo import`.

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "protocol/common/setting.h"

namespace octavo::io {
class File;
}

namespace octavo::engine {
class Engine;
}

namespace octavo::protocol {

// What becomes of what is there already.
enum class Existing : std::uint8_t { refuse, skip, replace };

// How much of the file was read, 0 to 1, and how many keys or rows were put. Called often.
using ImportProgress = std::function<void(double done, std::uint64_t put)>;

struct ImportRow {
  SettingRow file;  // its path
  // What is to be told of it, as "37 keys …". Blocks; not for an I/O thread. Where it fails after
  // it has put something that stays, and the error says how much.
  Result<std::string> (*run)(engine::Engine& engine, io::File& file, Existing existing,
                             const ImportProgress& progress);
};

}  // namespace octavo::protocol
