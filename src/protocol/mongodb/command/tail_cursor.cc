#include "protocol/mongodb/command/tail_cursor.h"

#include <algorithm>
#include <utility>

#include "dialect/mongodb/error/error.h"
#include "function/family.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/capped.h"

namespace octavo::mongodb {
namespace {

using value::Value;

constexpr std::size_t kRowsAtOnce = 64;
// Only that there is something is of interest.
constexpr std::uint64_t kQueuedChanges = 16;

}  // namespace

TailCursor::TailCursor(CommandCall& call, std::string ns, CursorTraits traits,
                       Collection collection, TailWanted wanted)
    : Cursor(call, std::move(ns), traits),
      engine_(call.engine()),
      collection_(std::move(collection)),
      wanted_(std::move(wanted)),
      to_skip_(wanted_.skip) {}

Result<bool> TailCursor::next(std::size_t most, std::vector<Value>& out) {
  TRY_STATUS(feeding_);
  // Before the rows are looked for: what comes behind that wakes who waits.
  Status done = feed_ == nullptr ? Status() : look_at_feed();
  if (done) done = read(most, out);
  if (!done && engine_.catalog()->find_table(collection_.id()) == nullptr) {
    return error(ErrorCode::query_plan_killed, "collection dropped. UUID {}",
                 collection_.table->uuid);
  }
  TRY_STATUS(done);
  return query_ != nullptr;
}

Status TailCursor::read(std::size_t most, std::vector<Value>& out) {
  if (query_ == nullptr) {
    context().leave_version();
    resumes_ = at_ > kBeforeNumbers;
    TRY(query_,
        engine_.query(natural_scan(*collection_.table, algebra::Direction::ascending, behind()),
                      context()));
  }
  const std::size_t wanted = out.size() + most;
  std::vector<Value> rows;
  while (out.size() < wanted) {
    TRY_STATUS(context().check());
    rows.clear();
    TRY_STATUS(query_->next(std::min(wanted - out.size(), kRowsAtOnce), rows));
    if (rows.empty()) {
      query_ = nullptr;
      return resumes_ ? Status(position_lost()) : Status();
    }
    for (const Value& row : rows) TRY_STATUS(take(row, out));
  }
  return {};
}

Status TailCursor::take(const Value& row, std::vector<Value>& out) {
  const auto number = natural_number_of(row);
  if (std::exchange(resumes_, false)) {
    return number == at_ ? Status() : Status(position_lost());
  }
  at_ = std::max(number.value_or(kBeforeNumbers), at_);
  Value document = collection_.shown(row);
  function::EvalContext& evaluation = context().evaluation;
  TRY(const Value matches, function::evaluate_lambda(wanted_.matching, {&document, 1}, evaluation));
  if (matches.type() != value::Type::boolean || !matches.as_boolean()) return {};
  if (to_skip_ > 0) {
    --to_skip_;
    return {};
  }
  if (wanted_.projection != nullptr) {
    TRY(document, function::evaluate_lambda(wanted_.projection, {&document, 1}, evaluation));
  }
  out.push_back(std::move(document));
  return {};
}

// All at first; then from where it stands, which is looked at again.
algebra::KeyRange TailCursor::behind() const {
  if (at_ == kNowhere) return {};
  return {.lower = {.value = Value::int64(at_), .inclusive = at_ > kBeforeNumbers}, .upper = {}};
}

std::unexpected<Error> TailCursor::position_lost() const {
  return error(ErrorCode::capped_position_lost,
               "CollectionScan died due to position in capped collection being deleted. Last seen "
               "record id: RecordId({})",
               at_);
}

Status TailCursor::look_at_feed() {
  std::vector<stream::FeedItem> items;
  do {
    items.clear();
    TRY_STATUS(feed_->poll(kQueuedChanges, items));
  } while (!items.empty());
  return {};
}

// What came before there is a feed is looked for once more.
void TailCursor::notify(std::function<void()> wake) {
  if (feed_ != nullptr) return feed_->wait(std::move(wake));
  stream::FeedOptions options;
  options.queue_limit = kQueuedChanges;
  options.account = context().evaluation.account;
  const auto all = algebra::make_plan(algebra::Scan{.table = collection_.id()});
  auto feed = engine_.subscribe(stream::FeedKind::range, all, std::move(options), context());
  if (feed) {
    feed_ = *std::move(feed);
  } else {
    feeding_ = std::unexpected(std::move(feed).error());
  }
  wake();
}

}  // namespace octavo::mongodb
