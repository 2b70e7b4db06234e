#include "dialect/sql/state/transaction.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/rows.h"

namespace octavo::sql {
namespace {

struct LevelRow {
  IsolationLevel level;
  std::string_view text;   // of the variable
  std::string_view words;  // of SET TRANSACTION
};
constexpr std::array kLevels = std::to_array<LevelRow>({
    {IsolationLevel::read_uncommitted, "READ-UNCOMMITTED", "READ UNCOMMITTED"},
    {IsolationLevel::read_committed, "READ-COMMITTED", "READ COMMITTED"},
    {IsolationLevel::repeatable_read, "REPEATABLE-READ", "REPEATABLE READ"},
    {IsolationLevel::serializable, "SERIALIZABLE", "SERIALIZABLE"},
});
static_assert(rows_in_place(kLevels, &LevelRow::level, IsolationLevel::serializable));

// The places of the letters are those of MySQL; what only tables without transactions have is never
// there.
std::string state_of(const Transaction& transaction) {
  std::string letters = "________";
  if (!transaction.open) return letters;
  letters[0] = transaction.is_explicit ? 'T' : 'I';
  if (transaction.has_read || transaction.with_snapshot) letters[2] = 'R';
  if (transaction.has_written) letters[4] = 'W';
  if (transaction.has_answered) letters[6] = 'S';
  return letters;
}

std::string_view access_words(bool read_only) { return read_only ? "READ ONLY" : "READ WRITE"; }

void add_isolation(std::string& out, IsolationLevel level) {
  out.append("SET TRANSACTION ISOLATION LEVEL ").append(row_of(kLevels, level).words).append("; ");
}

std::string characteristics_of(const Transaction& transaction, const NextCharacteristics& next) {
  std::string out;
  if (transaction.open && transaction.is_explicit) {
    if (transaction.named) add_isolation(out, transaction.is.isolation);
    out += "START TRANSACTION";
    if (transaction.with_snapshot) out += " WITH CONSISTENT SNAPSHOT";
    if (transaction.access) {
      out += transaction.with_snapshot ? ", " : " ";
      out += access_words(*transaction.access);
    }
    return out += ';';
  }
  if (next.isolation) add_isolation(out, *next.isolation);
  if (next.read_only) {
    out.append("SET TRANSACTION ").append(access_words(*next.read_only)).append("; ");
  }
  if (!out.empty()) out.pop_back();
  return out;
}

}  // namespace

std::string_view isolation_text(IsolationLevel level) { return row_of(kLevels, level).text; }

IsolationLevel isolation_of_text(std::string_view text) {
  const auto* const found = std::ranges::find(kLevels, text, &LevelRow::text);
  return found == kLevels.end() ? IsolationLevel::repeatable_read : found->level;
}

TransactionTracker::Wanted TransactionTracker::wanted(std::string_view text) {
  if (text == "STATE") return Wanted::state;
  return text == "CHARACTERISTICS" ? Wanted::characteristics : Wanted::nothing;
}

TransactionTracker::News TransactionTracker::take(Wanted wanted, const Transaction& transaction,
                                                  const NextCharacteristics& next) {
  const Wanted before = std::exchange(told_, wanted);
  News news;
  if (wanted >= Wanted::state) {
    std::string state = state_of(transaction);
    if (before < Wanted::state || state != state_) news.state = state;
    state_ = std::move(state);
  }
  if (wanted == Wanted::characteristics) {
    std::string text = characteristics_of(transaction, next);
    if (before < wanted || text != characteristics_) news.characteristics = text;
    characteristics_ = std::move(text);
  }
  return news;
}

}  // namespace octavo::sql
