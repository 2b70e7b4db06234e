#pragma once

// What a session tells its client of changes to itself, in the OK packet of the statement that made
// them. docs/protocols/mysql.md.

#include <cstdint>
#include <string>

#include "base/bytes.h"

namespace octavo::mysql {

struct StateChange {
  enum class Kind : std::uint8_t {
    variable = 0,           // `name` is now `value`
    database = 1,           // `name`
    any = 2,                // something has changed
    transaction = 4,        // `value`: the statements that would begin it again
    transaction_state = 5,  // `value`: eight letters
  };
  Kind kind = Kind::variable;
  std::string name;
  std::string value;
};

void put_change(Bytes& out, const StateChange& change);

}  // namespace octavo::mysql
