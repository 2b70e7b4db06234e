#pragma once

// Tailable cursors: all documents of a capped collection as they came, and then those that come.

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "algebra/expr.h"
#include "engine/engine.h"
#include "protocol/mongodb/command/collection.h"
#include "protocol/mongodb/command/cursor.h"

namespace octavo::mongodb {

struct TailWanted {
  algebra::ExprPtr matching;    // a lambda of parse_filter
  algebra::ExprPtr projection;  // document → document; null: as it is
  std::int64_t skip = 0;        // so many that match
};

class TailCursor final : public Cursor {
 public:
  TailCursor(CommandCall& call, std::string ns, CursorTraits traits, Collection collection,
             TailWanted wanted);

  // 136 where the document that it stands at has gone, so that others may have gone unseen; 175
  // where the collection has.
  Result<bool> next(std::size_t most, std::vector<value::Value>& out) override;
  void notify(std::function<void()> wake) override;
  // Where there was nothing at all, there is nothing to stand at.
  bool is_dead() const override { return at_ == kNowhere; }

 private:
  static constexpr std::int64_t kNowhere = -1;
  static constexpr std::int64_t kBeforeNumbers = 0;

  Status read(std::size_t most, std::vector<value::Value>& out);
  Status take(const value::Value& row, std::vector<value::Value>& out);
  algebra::KeyRange behind() const;
  Status look_at_feed();
  std::unexpected<Error> position_lost() const;

  engine::Engine& engine_;
  const Collection collection_;
  const TailWanted wanted_;
  std::int64_t to_skip_;
  // The number of the last row that was read; kBeforeNumbers: none that was read has one.
  std::int64_t at_ = kNowhere;
  bool resumes_ = false;                  // the first row of the query is the one that it stands at
  std::unique_ptr<engine::Query> query_;  // null: it has come to the end
  stream::SubscriptionPtr feed_;          // tells that there may be more; null: nobody waits
  Status feeding_;
};

}  // namespace octavo::mongodb
