#pragma once

// What a term evaluates to: a datum, or one of the things that are not data (databases, tables,
// selections, streams, groups, functions).

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "algebra/plan.h"
#include "dialect/reql/datum.h"
#include "dialect/reql/error.h"

namespace octavo::reql {

struct DatabaseInfo;  // host.h
struct TableInfo;     // host.h
class Stream;         // stream.h
class Env;            // term.h

using DatabasePtr = std::shared_ptr<const DatabaseInfo>;
using TablePtr = std::shared_ptr<const TableInfo>;
using StreamPtr = std::shared_ptr<Stream>;

enum class Kind : std::uint8_t {
  datum,
  database,
  table,
  table_slice,
  selection,
  sequence,
  single_selection,
  grouped,
  function,
};
std::string_view kind_name(Kind kind);  // "DATUM", "TABLE_SLICE", …

// A table or a part of it in the order of one index: what `between` and `order_by(index)` refine.
struct TableSlice {
  TablePtr table;
  std::optional<std::string> index;  // set by the first between or order_by; may be the primary key
  bool bounded = false;              // a between was applied
  algebra::KeyRange range;
  std::optional<algebra::Direction> order;
};

// A stream of unchanged rows of one table, so that update, replace and delete can be called on it.
struct Selection {
  TablePtr table;
  StreamPtr rows;
};

// One row by key (get), or the first row of a slice (min and max by index). `row` is read when
// first asked for.
struct SingleSelection {
  TablePtr table;
  Value key;
  std::optional<TableSlice> slice;   // when the row was found through a slice
  mutable std::optional<Value> row;  // null when there is none
};

struct DatumLess {
  bool operator()(const Value& a, const Value& b) const { return order(a, b) < 0; }
};

// Values of one bound variable each; captured by closures.
struct Captured {
  std::vector<std::pair<algebra::VarId, Value>> values;
};

// A closure. Its arguments are datums; its result may be anything.
struct Function {
  algebra::ExprPtr lambda;  // an algebra::Lambda
  Captured captured;
  Backtrace place;  // where the body's frames start
  const algebra::Lambda& node() const { return std::get<algebra::Lambda>(lambda->node); }
  std::size_t arity() const { return node().params.size(); }
};

class Val {
 public:
  Val() = default;
  Val(Value datum) : node_(std::move(datum)) {}  // NOLINT: a datum is a Val
  Val(DatabasePtr database) : node_(std::move(database)) {}
  Val(TablePtr table) : node_(std::move(table)) {}
  Val(StreamPtr stream) : node_(std::move(stream)) {}
  static Val slice(TableSlice slice);
  static Val selection(Selection selection);
  static Val single(SingleSelection single);
  static Val grouped(std::map<Value, Value, DatumLess> groups);
  static Val function(Function function);

  Kind kind() const { return static_cast<Kind>(node_.index()); }
  bool is_datum() const { return kind() == Kind::datum; }
  // Tables, slices, selections and streams, and arrays.
  bool is_sequence_like() const;

  const Value& datum() const { return std::get<0>(node_); }
  Value& datum() { return std::get<0>(node_); }
  const DatabasePtr& database() const { return std::get<DatabasePtr>(node_); }
  const TablePtr& table() const { return std::get<TablePtr>(node_); }
  const TableSlice& slice() const { return *std::get<SlicePtr>(node_); }
  const Selection& selection() const { return *std::get<SelectionPtr>(node_); }
  const StreamPtr& stream() const { return std::get<StreamPtr>(node_); }
  const SingleSelection& single() const { return *std::get<SinglePtr>(node_); }
  const std::map<Value, Value, DatumLess>& groups() const { return *std::get<GroupsPtr>(node_); }
  const Function& function() const { return *std::get<FunctionPtr>(node_); }

 private:
  using SlicePtr = std::shared_ptr<const TableSlice>;
  using SelectionPtr = std::shared_ptr<const Selection>;
  using SinglePtr = std::shared_ptr<const SingleSelection>;
  using GroupsPtr = std::shared_ptr<const std::map<Value, Value, DatumLess>>;
  using FunctionPtr = std::shared_ptr<const Function>;
  // In the order of Kind.
  std::variant<Value, DatabasePtr, TablePtr, SlicePtr, SelectionPtr, StreamPtr, SinglePtr,
               GroupsPtr, FunctionPtr>
      node_;
};

}  // namespace octavo::reql
