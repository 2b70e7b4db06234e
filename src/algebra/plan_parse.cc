#include <array>

#include "algebra/plan_words.h"
#include "algebra/text_reader.h"

namespace octavo::algebra {
namespace {

class Parser {
  using NodeParser = Result<PlanPtr> (Parser::*)(std::size_t depth);
  struct Row {
    std::string_view name;
    NodeParser parse;
  };

 public:
  explicit Parser(TextReader& text) : text_(text) {}

  Result<PlanPtr> plan(std::size_t depth) {
    static constexpr std::array kNodes = {
        Row{"scan", &Parser::scan},
        Row{"scan_by", &Parser::scan_by},
        Row{"values", &Parser::values},
        Row{"filter", &Parser::filter},
        Row{"map", &Parser::map},
        Row{"unwind", &Parser::unwind},
        Row{"sort", &Parser::sort},
        Row{"limit", &Parser::limit},
        Row{"distinct", &Parser::distinct},
        Row{"union", &Parser::union_of},
        Row{"lookup_join", &Parser::lookup_join},
        Row{"apply", &Parser::apply},
        Row{"hash_join", &Parser::join},
        Row{"group", &Parser::group},
        Row{"window", &Parser::window},
        Row{"working", &Parser::working},
        Row{"recursive", &Parser::recursive},
    };
    if (depth > kMaxNestingDepth) return text_.expected("less nesting");
    if (!text_.take('(')) return text_.expected("'(' and a node");
    for (const Row& row : kNodes) {
      if (!text_.take_word(row.name)) continue;
      TRY(PlanPtr result, (this->*row.parse)(depth + 1));
      if (!text_.take(')')) return text_.expected("')'");
      return result;
    }
    return text_.expected("a node");
  }

 private:
  Result<PlanPtr> scan(std::size_t) {
    Scan node;
    if (!text_.take_setting("table")) return text_.expected("table=");
    TRY(const auto table, text_.number<std::uint64_t>());
    node.table = TableId{table};
    TRY(node.index, index());
    if (text_.take_setting("keys")) {
      if (text_.take('{')) {
        TRY(node.keys, key_set());
      } else {
        TRY(node.keys, key_range());
      }
    }
    if (text_.take_setting("order")) {
      TRY(node.order, direction());
    }
    return make_plan(std::move(node));
  }

  Result<PlanPtr> scan_by(std::size_t depth) {
    ScanBy node;
    if (!text_.take_setting("table")) return text_.expected("table=");
    TRY(const auto table, text_.number<std::uint64_t>());
    node.table = TableId{table};
    TRY(node.index, index());
    if (text_.take_setting("order")) {
      TRY(node.order, direction());
    }
    if (take_item("keys")) {
      while (!text_.take(')')) {
        TRY(ExprPtr key, text_.expression(depth));
        node.keys.push_back(std::move(key));
      }
    }
    TRY(node.lower, scan_end("above", "from", depth));
    TRY(node.upper, scan_end("below", "to", depth));
    return make_plan(std::move(node));
  }
  Result<ScanBy::End> scan_end(std::string_view past, std::string_view at, std::size_t depth) {
    ScanBy::End end;
    end.inclusive = take_item(at);
    if (!end.inclusive && !take_item(past)) return end;
    TRY(end.value, text_.expression(depth));
    if (!text_.take(')')) return text_.expected("')'");
    return end;
  }

  Result<std::optional<IndexId>> index() {
    if (!text_.take_setting("index")) return std::nullopt;
    TRY(const auto id, text_.number<std::uint64_t>());
    return IndexId{id};
  }

  Result<Direction> direction() {
    for (const DirectionWord& row : kDirectionWords) {
      if (text_.take_word(row.word)) return row.direction;
    }
    return text_.expected("ascending or descending");
  }

  Result<KeySet> key_set() {
    KeySet set;
    if (text_.take('}')) return set;
    do {
      TRY(value::Value key, text_.value());
      set.keys.push_back(std::move(key));
    } while (text_.take(','));
    if (!text_.take('}')) return text_.expected("',' or '}'");
    return set;
  }

  Result<KeyRange> key_range() {
    KeyRange range;
    range.lower.inclusive = text_.take('[');
    if (!range.lower.inclusive && !text_.take('(')) return text_.expected("a range of keys");
    // A lone sign is an open end; a number follows it without a space.
    TRY(range.lower.value, bound('-'));
    if (!text_.take(',')) return text_.expected("','");
    TRY(range.upper.value, bound('+'));
    range.upper.inclusive = text_.take(']');
    if (!range.upper.inclusive && !text_.take(')')) return text_.expected("']' or ')'");
    return range;
  }
  Result<std::optional<value::Value>> bound(char unbounded) {
    if (text_.take_lone(unbounded)) return std::nullopt;
    TRY(value::Value value, text_.value());
    return value;
  }

  Result<PlanPtr> values(std::size_t) {
    Values node;
    while (text_.peek() != ')') {
      TRY(value::Value row, text_.value());
      node.rows.push_back(std::move(row));
    }
    return make_plan(std::move(node));
  }

  Result<PlanPtr> filter(std::size_t depth) {
    TRY(ExprPtr predicate, text_.expression(depth));
    TRY(PlanPtr input, plan(depth));
    return make_plan(Filter{std::move(input), std::move(predicate)});
  }
  Result<PlanPtr> map(std::size_t depth) {
    TRY(ExprPtr function, text_.expression(depth));
    TRY(PlanPtr input, plan(depth));
    return make_plan(Map{std::move(input), std::move(function)});
  }
  Result<PlanPtr> unwind(std::size_t depth) {
    TRY(ExprPtr function, text_.expression(depth));
    TRY(PlanPtr input, plan(depth));
    return make_plan(Unwind{std::move(input), std::move(function)});
  }

  Result<value::Order> dialect_order() {
    if (!text_.take_setting("order")) return value::Order::native;
    for (const OrderWord& row : kOrderWords) {
      if (text_.take_word(row.word)) return row.order;
    }
    return text_.expected("native, by_type_name or bson");
  }

  // After the sort keys, group keys or aggregates, which are lists as well, comes the input: a list
  // is one of them when it begins with one of their words.
  bool take_item(std::string_view word) { return text_.take_list(word); }
  template <class Rows>
  const typename Rows::value_type* take_one_of(const Rows& rows) {
    for (const auto& row : rows) {
      if (take_item(row.word)) return &row;
    }
    return nullptr;
  }

  // The expression of such a list, and its end.
  Result<ExprPtr> rest_of_item(std::size_t depth) {
    TRY(ExprPtr part, text_.expression(depth));
    if (!text_.take(')')) return text_.expected("')'");
    return part;
  }

  Result<RowLimit> row_limit() {
    RowLimit limit;
    TRY(limit.rows, text_.number<std::uint64_t>());
    TRY(const value::Value refusal, text_.value());
    if (!refusal.is_string()) return text_.expected("a string");
    limit.refusal = refusal.as_string();
    return limit;
  }

  Result<PlanPtr> sort(std::size_t depth) {
    Sort node;
    TRY(node.order, dialect_order());
    if (text_.take_setting("ties")) {
      TRY(node.ties, direction());
    }
    if (text_.take_setting("most")) {
      TRY(node.most, row_limit());
    }
    TRY(node.keys, sort_keys(depth));
    TRY(node.input, plan(depth));
    return make_plan(std::move(node));
  }
  Result<std::vector<SortKey>> sort_keys(std::size_t depth) {
    std::vector<SortKey> keys;
    while (const auto* row = take_one_of(kDirectionWords)) {
      SortKey key;
      key.direction = row->direction;
      TRY(key.key, rest_of_item(depth));
      keys.push_back(std::move(key));
    }
    return keys;
  }

  Result<PlanPtr> limit(std::size_t depth) {
    Limit node;
    if (text_.take_setting("skip")) {
      TRY(node.skip, text_.number<std::uint64_t>());
    }
    if (text_.take_setting("count")) {
      TRY(node.count, text_.number<std::uint64_t>());
    }
    TRY(node.input, plan(depth));
    return make_plan(std::move(node));
  }

  Result<PlanPtr> distinct(std::size_t depth) {
    TRY(PlanPtr input, plan(depth));
    return make_plan(Distinct{std::move(input)});
  }

  Result<PlanPtr> union_of(std::size_t depth) {
    Union node;
    while (text_.peek() == '(') {
      TRY(PlanPtr input, plan(depth));
      node.inputs.push_back(std::move(input));
    }
    return make_plan(std::move(node));
  }

  Result<PlanPtr> lookup_join(std::size_t depth) {
    LookupJoin node;
    if (!text_.take_setting("table")) return text_.expected("table=");
    TRY(const auto table, text_.number<std::uint64_t>());
    node.table = TableId{table};
    TRY(node.index, index());
    node.keep_order = text_.take_word("keep_order");
    node.keep_unmatched = text_.take_word("keep_unmatched");
    TRY(node.key, text_.expression(depth));
    TRY(node.condition, condition(depth));
    TRY(node.outer, plan(depth));
    return make_plan(std::move(node));
  }

  // Null: there is none.
  Result<ExprPtr> condition(std::size_t depth) {
    if (!take_item("condition")) return ExprPtr();
    return rest_of_item(depth);
  }

  Result<JoinKind> join_kind() {
    for (const JoinWord& row : kJoinWords) {
      if (text_.take_word(row.word)) return row.kind;
    }
    return text_.expected("a kind of join");
  }

  Result<PlanPtr> join(std::size_t depth) {
    Join node;
    TRY(node.kind, join_kind());
    node.hold_left = text_.take_word("hold_left");
    node.null_aware = text_.take_word("null_aware");
    TRY(node.order, dialect_order());
    while (take_item("equal")) {
      JoinKey key;
      TRY(key.left, text_.expression(depth));
      TRY(key.right, text_.expression(depth));
      if (!text_.take(')')) return text_.expected("')'");
      node.keys.push_back(std::move(key));
    }
    TRY(node.condition, condition(depth));
    TRY(node.left, plan(depth));
    TRY(node.right, plan(depth));
    return make_plan(std::move(node));
  }

  Result<PlanPtr> apply(std::size_t depth) {
    Apply node;
    node.keep_unmatched = text_.take_word("keep_unmatched");
    if (!text_.take('(')) return text_.expected("parameters");
    while (!text_.take(')')) {
      TRY(const VarId param, text_.variable_id());
      node.params.push_back(param);
    }
    TRY(node.arguments, text_.expression(depth));
    TRY(node.condition, condition(depth));
    TRY(node.outer, plan(depth));
    TRY(node.inner, plan(depth));
    return make_plan(std::move(node));
  }

  Result<Aggregate> rest_of_aggregate(AggregateKind kind, std::size_t depth) {
    Aggregate aggregate{.kind = kind, .argument = nullptr};
    if (kind == AggregateKind::function) {
      TRY(aggregate.function, text_.function());
    }
    aggregate.required = text_.take_word("required");
    if (text_.peek() != ')' && text_.peek() != ':') {
      TRY(aggregate.argument, text_.expression(depth));
    }
    if (kind == AggregateKind::function) {
      TRY(aggregate.options, text_.options(depth));
    }
    if (!text_.take(')')) return text_.expected("')'");
    return aggregate;
  }

  Result<PlanPtr> group(std::size_t depth) {
    Group node;
    TRY(node.order, dialect_order());
    node.rollup = text_.take_word("rollup");
    while (take_item("key")) {
      TRY(ExprPtr key, rest_of_item(depth));
      node.keys.push_back(std::move(key));
    }
    while (const auto* row = take_one_of(kAggregateWords)) {
      TRY(Aggregate aggregate, rest_of_aggregate(row->kind, depth));
      node.aggregates.push_back(std::move(aggregate));
    }
    TRY(node.input, plan(depth));
    return make_plan(std::move(node));
  }

  Result<PlanPtr> working(std::size_t) {
    Working node;
    TRY(node.number, text_.number<std::uint64_t>());
    return make_plan(node);
  }
  Result<PlanPtr> recursive(std::size_t depth) {
    Recursive node;
    TRY(node.number, text_.number<std::uint64_t>());
    if (!text_.take_setting("most")) return text_.expected("most=");
    TRY(node.most.steps, text_.number<std::uint64_t>());
    TRY(node.most.number, text_.number<std::uint16_t>());
    TRY(const value::Value refusal, text_.value());
    if (!refusal.is_string()) return text_.expected("a string");
    node.most.refusal = refusal.as_string();
    node.whole = text_.take_word("whole");
    if (take_item("distinct_by")) {
      TRY(node.distinct_by, rest_of_item(depth));
    }
    TRY(node.seed, plan(depth));
    TRY(node.step, plan(depth));
    return make_plan(std::move(node));
  }

  Result<PlanPtr> window(std::size_t depth) {
    Window node;
    TRY(node.compared_in, dialect_order());
    while (take_item("partition")) {
      TRY(ExprPtr key, rest_of_item(depth));
      node.partition.push_back(std::move(key));
    }
    TRY(node.order, sort_keys(depth));
    while (const auto* row = take_one_of(kWindowWords)) {
      TRY(WindowFunction function, rest_of_function(row->kind, depth));
      node.functions.push_back(std::move(function));
    }
    TRY(node.input, plan(depth));
    return make_plan(std::move(node));
  }
  Result<WindowFunction> rest_of_function(WindowKind kind, std::size_t depth) {
    WindowFunction function{.kind = kind};
    if (text_.take_setting("count")) {
      TRY(function.count, text_.number<std::uint64_t>());
    }
    if (take_item("of")) {
      TRY(function.argument, rest_of_item(depth));
    }
    if (take_item("otherwise")) {
      TRY(function.otherwise, rest_of_item(depth));
    }
    if (const auto* row = take_one_of(kAggregateWords)) {
      TRY(function.aggregate, rest_of_aggregate(row->kind, depth));
    }
    if (const auto* row = take_one_of(kFrameUnitWords)) {
      Frame frame{.unit = row->unit};
      TRY(frame.start, frame_bound(depth));
      TRY(frame.end, frame_bound(depth));
      if (!text_.take(')')) return text_.expected("')'");
      function.frame = std::move(frame);
    }
    if (!text_.take(')')) return text_.expected("')'");
    return function;
  }
  Result<FrameBound> frame_bound(std::size_t depth) {
    const auto* row = take_one_of(kFrameEdgeWords);
    if (row == nullptr) return text_.expected("a bound of a frame");
    FrameBound bound{.edge = row->edge};
    if (text_.peek() == '(') {
      TRY(bound.limit, text_.expression(depth));
    } else if (text_.peek() != ')') {
      TRY(bound.rows, text_.number<std::uint64_t>());
    }
    if (!text_.take(')')) return text_.expected("')'");
    return bound;
  }

  TextReader& text_;
};

}  // namespace

Result<PlanPtr> read_plan(TextReader& reader, std::size_t depth) {
  return Parser(reader).plan(depth);
}

Result<PlanPtr> parse_plan(std::string_view text, FunctionFinder find) {
  TextReader reader(text, find);
  TRY(PlanPtr plan, read_plan(reader, 0));
  if (!reader.done()) return reader.expected("the end");
  return plan;
}

}  // namespace octavo::algebra
