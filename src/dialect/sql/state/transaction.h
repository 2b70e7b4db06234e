#pragma once

// What a session says of its transactions: how the next ones begin, and how it stands with the one
// that is open. What has been written in it is the engine's to know.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace octavo::sql {

enum class IsolationLevel : std::uint8_t {
  read_uncommitted,
  read_committed,
  repeatable_read,
  serializable,
};

// As @@transaction_isolation has it: REPEATABLE-READ.
std::string_view isolation_text(IsolationLevel level);
IsolationLevel isolation_of_text(std::string_view text);

struct Characteristics {
  IsolationLevel isolation = IsolationLevel::repeatable_read;
  bool read_only = false;
};

// SET TRANSACTION: of the next one alone.
struct NextCharacteristics {
  std::optional<IsolationLevel> isolation = {};
  std::optional<bool> read_only = {};

  bool any() const { return isolation.has_value() || read_only.has_value(); }
  Characteristics over(Characteristics usual) const {
    return {.isolation = isolation.value_or(usual.isolation),
            .read_only = read_only.value_or(usual.read_only)};
  }
};

struct Transaction {
  bool open = false;
  bool is_explicit = false;  // BEGIN: else the first statement that met a table began it
  bool with_snapshot = false;
  bool named = false;               // its level is one that SET TRANSACTION said for it alone
  std::optional<bool> access = {};  // what BEGIN itself said: READ ONLY, READ WRITE
  Characteristics is = {};
  bool has_read = false;
  bool has_written = false;
  bool has_answered = false;  // with rows
};

// What session_track_transaction_info tells: a state of eight letters, and the statements that
// would begin the transaction again.
class TransactionTracker {
 public:
  enum class Wanted : std::uint8_t { nothing, state, characteristics };
  static Wanted wanted(std::string_view text);  // OFF, STATE, CHARACTERISTICS

  struct News {
    std::optional<std::string> state = {};
    std::optional<std::string> characteristics = {};
  };
  // What has changed since it was asked last; all of it where more is wanted than before.
  News take(Wanted wanted, const Transaction& transaction, const NextCharacteristics& next);

 private:
  Wanted told_ = Wanted::nothing;
  std::string state_;
  std::string characteristics_;
};

}  // namespace octavo::sql
