#pragma once

// What a prepared statement was bound to, kept for its next executions (dialect/sql/bind/reuse.h
// says what that is good for). One thread at a time.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/lsn.h"
#include "dialect/sql/bind/bound.h"
#include "dialect/sql/type/type.h"

namespace octavo::engine {
class TableStatistics;
}

namespace octavo::mysql {

class Execution;
struct QueryForm;

struct KeptQuery {
  algebra::PlanPtr plan, without_limit;  // as of BoundQuery
  std::shared_ptr<const QueryForm> form;
};

class KeptPlan {
 public:
  // What holds for this execution as well, but for its parameters; null: it has to be bound. It is
  // there until the next call.
  template <class Bound>
  const Bound* find(Execution& execution) {
    return holds_for(execution) ? std::get_if<Bound>(&bound_) : nullptr;
  }
  // Whether this execution is to be bound for those that follow: not where they are few, or where
  // that has been in vain.
  bool wants(Execution& execution);
  // `Bound` was bound for this execution.
  template <class Bound>
  const Bound* keep(Execution& execution, Bound bound) {
    made_for_ = conditions_of(execution);
    bound_ = std::move(bound);
    ends_soon_.reset();
    return std::get_if<Bound>(&bound_);
  }
  // Of what is kept, whatever the parameters are: whether its functions end soon, which `find_out`
  // tells once.
  template <class FindOut>
  bool ends_soon(const FindOut& find_out) {
    if (!ends_soon_) ends_soon_ = find_out();
    return *ends_soon_;
  }

 private:
  // What all that is bound depends on.
  struct Conditions {
    Lsn definitions;
    const engine::TableStatistics* statistics = nullptr;  // by which plans are chosen
    std::uint64_t statistics_revision = 0;
    std::uint64_t temporary = 0;
    std::uint64_t locked = 0;  // tables
    std::uint64_t settings = 0;
    std::optional<std::string> database;
    std::int64_t quarter = 0;  // of an hour: the day changes at one, wherever that is
    std::optional<std::int64_t> fixed_now;
    std::vector<sql::Type> parameters;
  };
  static Conditions conditions_of(Execution& execution);
  bool holds_for(Execution& execution);

  std::uint64_t executions_ = 0;
  std::uint64_t next_try_ = 2;  // an execution
  std::uint64_t pause_ = 1;     // between tries
  Conditions made_for_;
  std::variant<std::monostate, KeptQuery, sql::BoundEdit, sql::BoundInsert> bound_;
  std::optional<bool> ends_soon_;
};

}  // namespace octavo::mysql
