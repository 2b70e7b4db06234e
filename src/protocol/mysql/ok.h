#pragma once

// Packets that end something: OK, EOF and ERR.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "dialect/sql/error/error.h"
#include "protocol/mysql/capabilities.h"
#include "protocol/mysql/tracking.h"

namespace octavo::mysql {

// Bits of the status that clients read in each OK and EOF.
namespace status {
constexpr std::uint16_t kInTransaction = 0x0001;
constexpr std::uint16_t kAutocommit = 0x0002;
constexpr std::uint16_t kMoreResults = 0x0008;
constexpr std::uint16_t kCursorExists = 0x0040;
constexpr std::uint16_t kLastRowSent = 0x0080;
constexpr std::uint16_t kDatabaseDropped = 0x0100;
constexpr std::uint16_t kNoBackslashEscapes = 0x0200;
constexpr std::uint16_t kReadOnlyTransaction = 0x2000;
constexpr std::uint16_t kStateChanged = 0x4000;
}  // namespace status

// What a statement without rows has done.
struct Done {
  std::uint64_t affected = 0;
  std::uint64_t insert_id = 0;
  std::string info;
};

// How the session stands behind it.
struct Ending {
  std::uint16_t status = 0;
  std::uint16_t warnings = 0;
  std::vector<StateChange> changes;
};

// Appends the payload.
void put_ok(Bytes& out, const Done& done, const Ending& ending, Capabilities in_force);
// Behind column definitions; not sent to clients with DEPRECATE_EOF.
void put_eof(Bytes& out, const Ending& ending);
// Behind rows and where else an EOF says that something is over: in the form that the client takes.
void put_end(Bytes& out, const Ending& ending, Capabilities in_force);

enum class StateInError : std::uint8_t {
  with,
  without,  // before the client has said that it speaks 4.1
};
void put_error(Bytes& out, const Error& error, StateInError state = StateInError::with);

}  // namespace octavo::mysql
