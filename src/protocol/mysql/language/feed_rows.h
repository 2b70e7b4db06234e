#pragma once

// SUBSCRIBE: a result that has no end. The rows of a query, and then each change of them, in the
// order of the log, with the cursor that a later SUBSCRIBE goes on from.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "algebra/plan.h"
#include "base/lsn.h"
#include "base/result.h"
#include "dialect/sql/bind/bound.h"
#include "protocol/common/engine_feed.h"
#include "protocol/common/feed_loop.h"
#include "protocol/mysql/language/cell_values.h"
#include "protocol/mysql/language/execution.h"

namespace octavo::mysql {

// The query as it is followed: with the columns `_change` and `_cursor` in front, and the others
// null where a row only tells where the feed stands.
sql::BoundQuery followed(sql::BoundQuery query);

// 1235, which names what is in the way, for a query whose changes cannot be told row by row.
Status may_be_followed(const algebra::PlanPtr& plan);

class FeedRows final : public Rows {
 public:
  // Takes the statement over: what pays for it, and what ends it. `bound` is `followed`, and may
  // be.
  FeedRows(Execution& execution, sql::BoundQuery bound);

  // Without `after` the rows that there are now come first.
  io::Task<Status> open(std::optional<Cursor> after);

  std::span<const Column> columns() const override { return columns_; }
  // Waits until there is something, or the statement is ended: 1317.
  io::Task<Result<bool>> next(value::Batch& out) override;

 private:
  Result<stream::SubscriptionPtr> subscribe(std::optional<Cursor> after);
  Status add_rows(const stream::FeedItem& item, exec::Rows& out) const;
  // What was polled, up to an error.
  Result<value::Batch> take_polled();
  Error told(Error error) const;

  SqlSession& session_;
  const std::unique_ptr<Running> running_;  // before all that it pays for
  const std::string text_;
  const sql::BoundQuery bound_;
  std::string database_, table_;  // that is followed
  const bool is_limited_;         // it is about the first n rows of an order
  std::vector<Column> columns_;
  const CellValues cells_;
  std::optional<protocol::EngineFeed> feed_;
  std::optional<protocol::FeedLoop> loop_;
  Status ended_;            // an error: it comes behind the rows that were there before it
  bool announced_ = false;  // the client knows the columns
};

}  // namespace octavo::mysql
