#include "dialect/reql/execution.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <new>

#include "base/clock.h"
#include "base/limits.h"
#include "dialect/reql/access.h"
#include "dialect/reql/purity.h"

namespace octavo::reql {
namespace {

constexpr std::size_t kPullRows = 256;
// A server has other clients while one of them gets its changes; each batch is a turn.
constexpr std::size_t kMaxFeedBatchBytes = 256 * kKiB;

Value grouped_data(const std::map<Value, Value, DatumLess>& groups) {
  std::vector<Value> pairs;
  pairs.reserve(groups.size());
  for (const auto& [group, reduction] : groups) {
    pairs.push_back(Value::array({group, reduction}));
  }
  return Value::object(
      {{std::string(kTypeKey), string("GROUPED_DATA")}, {"data", Value::array(std::move(pairs))}});
}

}  // namespace

Execution::Execution(Query query, Host& host, function::EvalContext& context)
    : query_(std::move(query)), context_(context) {
  context_.host = &host;
  context_.global_options = &query_.options;
  context_.keep_trail = true;
}

Expected<std::unique_ptr<Execution>, ReqlError> Execution::start(Query query, Host& host,
                                                                 function::EvalContext& context) {
  ASSERT(query.type == QueryType::start && query.term != nullptr);
  std::unique_ptr<Execution> execution(new Execution(std::move(query), host, context));
  if (Status done = execution->guarded([&] { return execution->evaluate_query(); }); !done) {
    return std::unexpected(execution->to_error(std::move(done).error()));
  }
  return execution;
}

Status Execution::guarded(const std::function<Status()>& work) {
  const value::Account::Use use(context_.eval.account);
  try {
    return work();
  } catch (const std::bad_alloc& failure) {
    return fail(value::out_of_memory(failure));
  }
}

ReqlError Execution::to_error(Error error) {
  Trail& trail = context_.trail;
  ReqlError result{.kind = kind_of(error.code),
                   .message = std::move(error.what),
                   .backtrace = std::move(trail.frames)};
  trail.clear();
  return result;
}

Status Execution::read_options() {
  limits_.array = context_.eval.array_limit;
  limits_.feed_queue = context_.changefeed_queue_size;
  Env env(context_, nullptr, nullptr);
  for (const algebra::Option& given : query_.options) {
    const QueryOption* option = find_query_option(given.name);
    if (option == nullptr || option->set == nullptr) continue;
    TRY(const Val val, evaluate(env, given.value));
    TRY(const Value datum, to_datum(env, val));
    TRY(const double number, to_number(datum));
    TRY_STATUS(option->set(*option, number, limits_));
  }
  limits_.min_rows = std::min(limits_.min_rows, limits_.max_rows);
  context_.eval.array_limit = limits_.array;
  context_.changefeed_queue_size = limits_.feed_queue;
  context_.check_constants = query_.largest_array > context_.eval.array_limit;
  return {};
}

Status Execution::evaluate_query() {
  TRY_STATUS(read_options());
  Env env(context_, nullptr, nullptr);
  TRY(const Val val, evaluate(env, query_.term));
  return finish_value(env, val);
}

Status Execution::finish_value(Env& env, const Val& val) {
  switch (val.kind()) {
    case Kind::datum:
    case Kind::single_selection: {
      TRY(atom_, to_datum(env, val));
      return {};
    }
    case Kind::grouped: atom_ = grouped_data(val.groups()); return {};
    case Kind::table:
    case Kind::table_slice:
    case Kind::selection:
    case Kind::sequence: {
      TRY(StreamPtr stream, to_sequence(env, val));
      if (stream->grouped()) {
        TRY(const auto groups, collect_groups(env, *stream));
        atom_ = grouped_data(groups);
      } else if (val.kind() == Kind::selection && stream->is_array()) {
        array_ = std::move(stream);
      } else {
        stream_ = std::move(stream);
        never_waits_ = !uses_data_per_change(query_.term);
      }
      return {};
    }
    case Kind::database:
    case Kind::function:
      return fail_logic(
          fmt::format("Query result must be of type DATUM, GROUPED_DATA, or STREAM (got {}).",
                      kind_name(val.kind())));
  }
  std::unreachable();
}

std::vector<int> Execution::notes() const {
  std::vector<int> notes;
  if (!is_feed()) return notes;
  notes.push_back(static_cast<int>(stream_->feed()));
  constexpr int kIncludesStates = 5;
  if (stream_->sends_states()) notes.push_back(kIncludesStates);
  return notes;
}

Expected<Batch, ReqlError> Execution::next(bool wait) {
  ASSERT(stream_ != nullptr);
  Batch batch;
  if (ended_) {
    batch.ended = true;
    return batch;
  }
  QueryLimits limits = limits_;
  if (is_feed()) limits.max_bytes = std::min(limits.max_bytes, kMaxFeedBatchBytes);
  if (std::exchange(first_, false)) {
    limits.max_bytes = std::max<std::size_t>(1, limits.max_bytes / limits.first_scale_down);
    limits.max_ns /= static_cast<std::int64_t>(limits.first_scale_down);
  }
  Env env(context_, nullptr, nullptr);
  if (Status filled = guarded([&] { return fill(env, batch, limits, wait); }); !filled) {
    return std::unexpected(to_error(std::move(filled).error()));
  }
  batch.ended = ended_;
  return batch;
}

Expected<std::vector<Value>, ReqlError> Execution::next_elements() {
  ASSERT(array_ != nullptr);
  std::vector<Value> rows;
  Env env(context_, nullptr, nullptr);
  const auto pull = [&]() -> Status {
    TRY(const bool any, array_->more(env, rows));
    elements_ += rows.size();
    const bool too_many = any && elements_ > env.array_limit();
    return too_many ? Status(fail(array_too_large(env.array_limit()))) : Status();
  };
  if (Status pulled = guarded(pull); !pulled) {
    return std::unexpected(to_error(std::move(pulled).error()));
  }
  return rows;
}

Status Execution::fill(Env& env, Batch& batch, const QueryLimits& limits, bool wait) {
  Clock* const clock = env.context().clock;
  const std::int64_t started = clock == nullptr ? 0 : clock->monotonic_ns();
  const bool feed = is_feed();
  std::size_t& bytes = batch.bytes;
  while (true) {
    // Rows from the last look ahead come first.
    std::size_t taken = 0;
    while (taken < ahead_.size() && batch.rows.size() < limits.max_rows &&
           (bytes < limits.max_bytes || batch.rows.size() < limits.min_rows)) {
      bytes += ahead_[taken].memory_bytes(limits.max_bytes);
      batch.rows.push_back(std::move(ahead_[taken++]));
    }
    ahead_.erase(ahead_.begin(), ahead_.begin() + static_cast<std::ptrdiff_t>(taken));
    if (!ahead_.empty()) return {};
    const bool late = clock != nullptr && clock->monotonic_ns() - started >= limits.max_ns;
    const bool enough = batch.rows.size() >= limits.min_rows &&
                        (batch.rows.size() >= limits.max_rows || bytes >= limits.max_bytes || late);
    if (enough && (feed || late)) return {};
    // A full batch looks one pull ahead, so that the last one is known to be the last.
    PullOptions options;
    options.wait = !feed || (wait && batch.rows.empty());
    options.max_rows =
        enough
            ? 1
            : std::min(kPullRows, limits.max_rows - std::min(limits.max_rows, batch.rows.size()));
    TRY(const Pulled pulled, stream_->pull(env, ahead_, options));
    if (pulled == Pulled::end) {
      ended_ = true;
      return {};
    }
    if (pulled == Pulled::pending || enough) return {};
  }
}

}  // namespace octavo::reql
