#include "exec/testing/shrink.h"

#include <algorithm>
#include <utility>

#include "algebra/children.h"
#include "base/overloaded.h"

namespace octavo::exec::testing_support {
namespace {

using algebra::ExprPtr;
using algebra::PlanPtr;
using value::Value;

// The list without a run of its elements: without all of them first, then half, and so on.
template <class T>
std::vector<std::vector<T>> shorter(const std::vector<T>& list, std::size_t least = 0) {
  std::vector<std::vector<T>> out;
  for (std::size_t run = list.size(); run > 0; run /= 2) {
    if (list.size() - run < least) continue;
    for (std::size_t at = 0; at + run <= list.size(); at += run) {
      std::vector<T> rest = list;
      rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(at),
                 rest.begin() + static_cast<std::ptrdiff_t>(at + run));
      out.push_back(std::move(rest));
    }
  }
  return out;
}

constexpr std::size_t kFewRows = 4;  // of which each is made smaller

// Without one of its parts, a part in a smaller form, or no text. The `id` of a row stays.
std::vector<Value> smaller(const Value& value) {
  std::vector<Value> out;
  if (value.is_string() && !value.as_string().empty()) out.push_back(Value::string(""));
  if (value.is_array()) {
    const std::vector<Value> elements(value.as_array().begin(), value.as_array().end());
    for (auto& rest : shorter(elements)) out.push_back(Value::array(std::move(rest)));
  }
  if (!value.is_object()) return out;
  const std::vector<value::Field> fields(value.as_object().begin(), value.as_object().end());
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].name == "id") continue;
    std::vector<value::Field> rest = fields;
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
    out.push_back(Value::object(std::move(rest)));
    for (Value& part : smaller(fields[i].value)) {
      std::vector<value::Field> changed = fields;
      changed[i].value = std::move(part);
      out.push_back(Value::object(std::move(changed)));
    }
  }
  return out;
}

std::vector<std::vector<Value>> smaller(const std::vector<Value>& rows) {
  std::vector<std::vector<Value>> out = shorter(rows);
  if (rows.size() > kFewRows) return out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (Value& row : smaller(rows[i])) {
      out.push_back(rows);
      out.back()[i] = std::move(row);
    }
  }
  return out;
}

std::vector<ExprPtr> parts_of(const ExprPtr& expression) {
  std::vector<ExprPtr> parts;
  algebra::any_child(*expression, [&parts](const ExprPtr& part) {
    parts.push_back(part);
    return false;
  });
  return parts;
}

// A part in place of the whole, or a smaller part in its own place. A lambda stays one.
std::vector<ExprPtr> smaller(const ExprPtr& expression) {
  std::vector<ExprPtr> out;
  const std::vector<ExprPtr> parts = parts_of(expression);
  if (!std::holds_alternative<algebra::Lambda>(expression->node)) out = parts;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    for (const ExprPtr& part : smaller(parts[i])) {
      std::size_t at = 0;
      out.push_back(algebra::map_children(
          expression, [&](const ExprPtr& other) { return at++ == i ? part : other; }));
    }
  }
  return out;
}

// The smaller forms of one node that reads what it has read.
class SmallerNodes {
 public:
  explicit SmallerNodes(const algebra::Plan& plan) : plan_(plan) {}

  std::vector<PlanPtr> all() && {
    std::visit(Overloaded{
                   [&](const algebra::Scan& scan) { keys(scan); },
                   [&](const algebra::ScanBy& scan) { lists(scan, &algebra::ScanBy::keys, 1); },
                   [&](const algebra::Values& values) {
                     for (auto& rows : smaller(values.rows)) add(algebra::Values{std::move(rows)});
                   },
                   [&](const algebra::Filter& node) { parts(node, &algebra::Filter::predicate); },
                   [&](const algebra::Map& node) { parts(node, &algebra::Map::function); },
                   [&](const algebra::Unwind& node) { parts(node, &algebra::Unwind::function); },
                   [&](const algebra::Sort& sort) { sort_keys(sort); },
                   [&](const algebra::Limit& limit) { counts(limit); },
                   [](const algebra::Distinct&) {},
                   [](const algebra::Working&) {},
                   [](const algebra::Recursive&) {},
                   [&](const algebra::Union& all) { lists(all, &algebra::Union::inputs); },
                   [&](const algebra::LookupJoin& join) { parts(join, &algebra::LookupJoin::key); },
                   [](const algebra::Apply&) {},
                   [&](const algebra::Join& join) { joins(join); },
                   [&](const algebra::Group& group) { groups(group); },
                   [&](const algebra::Window& window) {
                     lists(window, &algebra::Window::partition);
                     lists(window, &algebra::Window::functions);
                   },
               },
               plan_.node);
    return std::move(out_);
  }

 private:
  template <class Node>
  void add(Node node) {
    out_.push_back(algebra::make_plan(std::move(node)));
  }
  template <class Node, class List>
  void lists(const Node& node, List Node::* member, std::size_t least = 0) {
    for (List& list : shorter(node.*member, least)) {
      Node other = node;
      other.*member = std::move(list);
      add(std::move(other));
    }
  }
  template <class Node>
  void parts(const Node& node, ExprPtr Node::* member) {
    for (ExprPtr& part : smaller(node.*member)) {
      Node other = node;
      other.*member = std::move(part);
      add(std::move(other));
    }
  }

  void keys(const algebra::Scan& scan) {
    algebra::Scan other = scan;
    if (const auto* set = std::get_if<algebra::KeySet>(&scan.keys)) {
      for (auto& some : shorter(set->keys)) {
        other.keys = algebra::KeySet{std::move(some)};
        add(other);
      }
      return;
    }
    auto range = std::get<algebra::KeyRange>(scan.keys);
    for (algebra::Bound* bound : {&range.lower, &range.upper}) {
      if (!bound->value) continue;
      const algebra::Bound kept = std::exchange(*bound, {});
      other.keys = range;
      add(other);
      *bound = kept;
    }
  }

  void sort_keys(const algebra::Sort& sort) {
    lists(sort, &algebra::Sort::keys, 1);
    algebra::Sort plain = sort;
    plain.ties = algebra::Direction::ascending;
    if (sort.ties != plain.ties) add(plain);
    plain = sort;
    plain.most.reset();
    if (sort.most) add(plain);
    for (std::size_t i = 0; i < sort.keys.size(); ++i) {
      for (ExprPtr& part : smaller(sort.keys[i].key)) {
        algebra::Sort other = sort;
        other.keys[i].key = std::move(part);
        add(std::move(other));
      }
    }
  }

  void counts(const algebra::Limit& limit) {
    const auto with = [&](std::uint64_t skip, std::optional<std::uint64_t> count) {
      add(algebra::Limit{limit.input, skip, count});
    };
    if (limit.skip > 0) {
      with(0, limit.count);
      with(limit.skip - 1, limit.count);
    }
    if (!limit.count) return;
    if (limit.skip > 0) with(limit.skip, std::nullopt);
    if (*limit.count > 0) with(limit.skip, *limit.count - 1);
  }

  void joins(const algebra::Join& join) {
    lists(join, &algebra::Join::keys);
    algebra::Join plain = join;
    plain.condition = nullptr;
    if (join.condition != nullptr) add(plain);
    plain = join;
    plain.hold_left = false;
    if (join.hold_left) add(plain);
    plain = join;
    plain.null_aware = false;
    if (join.null_aware) add(plain);
    if (join.condition != nullptr) parts(join, &algebra::Join::condition);
    for (std::size_t i = 0; i < join.keys.size(); ++i) {
      for (ExprPtr algebra::JoinKey::* side : {&algebra::JoinKey::left, &algebra::JoinKey::right}) {
        for (ExprPtr& part : smaller(join.keys[i].*side)) {
          algebra::Join other = join;
          other.keys[i].*side = std::move(part);
          add(std::move(other));
        }
      }
    }
  }

  void groups(const algebra::Group& group) {
    lists(group, &algebra::Group::keys);
    lists(group, &algebra::Group::aggregates);
    for (std::size_t i = 0; i < group.keys.size(); ++i) {
      for (ExprPtr& part : smaller(group.keys[i])) {
        algebra::Group other = group;
        other.keys[i] = std::move(part);
        add(std::move(other));
      }
    }
    for (std::size_t i = 0; i < group.aggregates.size(); ++i) {
      if (group.aggregates[i].argument == nullptr) continue;
      for (ExprPtr& part : smaller(group.aggregates[i].argument)) {
        algebra::Group other = group;
        other.aggregates[i].argument = std::move(part);
        add(std::move(other));
      }
    }
  }

  const algebra::Plan& plan_;
  std::vector<PlanPtr> out_;
};

// What the node reads in its place, then smaller inputs, then smaller forms of the node.
std::vector<PlanPtr> smaller(const PlanPtr& plan) {
  std::vector<PlanPtr> inputs;
  algebra::for_each_input(*plan, [&inputs](const PlanPtr& input) { inputs.push_back(input); });
  std::vector<PlanPtr> out = inputs;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    for (const PlanPtr& input : smaller(inputs[i])) {
      std::size_t at = 0;
      out.push_back(algebra::map_inputs(
          *plan, [&](const PlanPtr& other) { return at++ == i ? input : other; }));
    }
  }
  std::ranges::move(SmallerNodes(*plan).all(), std::back_inserter(out));
  return out;
}

std::vector<Tables> smaller(const Tables& tables) {
  std::vector<Tables> out;
  for (std::size_t i = 0; i < tables.size(); ++i) {
    for (auto& rows : smaller(tables[i].rows)) {
      out.push_back(tables);
      out.back()[i].rows = std::move(rows);
    }
  }
  return out;
}

}  // namespace

Case shrink(Case failing, const std::function<bool(const Case&)>& fails) {
  int left = kMaxShrinkSteps;
  const auto taken = [&](Case smaller_case) {
    if (left-- <= 0 || !fails(smaller_case)) return false;
    failing = std::move(smaller_case);
    return true;
  };
  const auto step = [&] {
    const Tables tables = failing.tables;
    for (const PlanPtr& plan : smaller(failing.plan)) {
      if (taken({tables, plan})) return true;
    }
    return std::ranges::any_of(smaller(tables),
                               [&](const Tables& fewer) { return taken({fewer, failing.plan}); });
  };
  while (left > 0 && step()) {
  }
  return failing;
}

}  // namespace octavo::exec::testing_support
