#pragma once

// A query that runs: its first value, and for streams the batches after it. One thread at a time
// uses an Execution, not always the same one.

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <vector>

#include "dialect/reql/context.h"
#include "dialect/reql/error.h"
#include "dialect/reql/host.h"
#include "dialect/reql/query_options.h"
#include "dialect/reql/read/parse.h"
#include "dialect/reql/stream/stream.h"
#include "function/family.h"

namespace octavo::reql {

struct Batch {
  std::vector<Value> rows;
  std::size_t bytes = 0;  // of the rows
  bool ended = false;     // nothing comes after it
};

class Execution {
 public:
  // Evaluates `query` until it is known what it yields. `host` and `context` must outlive the
  // Execution. Values are charged to `context.account`. `context.array_limit` is set from the
  // query's options.
  static Expected<std::unique_ptr<Execution>, ReqlError> start(Query query, Host& host,
                                                               function::EvalContext& context);
  Execution(const Execution&) = delete;
  Execution& operator=(const Execution&) = delete;

  // One value: a datum, a row, an array, or groups as {$reql_type$: "GROUPED_DATA", data: […]}.
  bool is_atom() const { return stream_ == nullptr; }
  const Value& atom() const { return atom_; }
  // An atom that is an array of a table's rows is never there as a whole: `next_elements` gives its
  // rows in batches, none at the end, and `atom` is null.
  bool is_array() const { return array_ != nullptr; }
  Expected<std::vector<Value>, ReqlError> next_elements();

  // Streams. `next` blocks until there is a row; of feeds only when `wait` is set, else the batch
  // may be empty without having ended.
  Expected<Batch, ReqlError> next(bool wait);
  bool is_feed() const { return stream_ != nullptr && stream_->feed() != FeedNote::none; }
  // Of a feed whose first rows are out: whether `next(false)` may be called where waiting is not
  // allowed. It may not when what is done to the changes reads rows or writes them.
  bool never_waits() const { return never_waits_; }
  std::vector<int> notes() const;  // response notes
  // Feeds: calls `ready` once, from any thread, when `next` would find something.
  void notify(std::function<void()> ready) { stream_->notify(std::move(ready)); }

 private:
  Execution(Query query, Host& host, function::EvalContext& context);
  // What `work` returns, under the query's account; memory that is not to be had is an error of the
  // query like any other.
  Status guarded(const std::function<Status()>& work);
  Status evaluate_query();
  Status read_options();
  Status finish_value(Env& env, const Val& val);
  Status fill(Env& env, Batch& batch, const QueryLimits& limits, bool wait);
  ReqlError to_error(Error error);

  Query query_;
  Evaluation context_;
  QueryLimits limits_;
  Value atom_;
  StreamPtr array_;           // of an atom that is one
  std::size_t elements_ = 0;  // that it has given
  StreamPtr stream_;
  std::vector<Value> ahead_;  // rows that were pulled to learn whether there are more
  bool never_waits_ = false;
  bool first_ = true;
  bool ended_ = false;
};

}  // namespace octavo::reql
