#include "exec/row_paths.h"

#include <algorithm>

#include "value/maker.h"

namespace octavo::exec {
namespace {

using value::Value;

using Names = std::vector<std::string>;

const algebra::Plan& below_filters(const algebra::Plan& plan) {
  const algebra::Plan* below = &plan;
  while (const auto* const filter = std::get_if<algebra::Filter>(&below->node)) {
    below = filter->input.get();
  }
  return *below;
}

// Of rows that are no pairs.
void add_fields(const Need& need, Names& above, std::vector<value::Path>& out) {
  if (need.all) {
    out.emplace_back(above);
    return;
  }
  for (const auto& [name, of_field] : need.fields) {
    above.push_back(name);
    out.emplace_back(above);
    above.pop_back();
  }
}

void add_paths(const Need& need, const algebra::Plan& plan, Names& above,
               std::vector<value::Path>& out) {
  const algebra::Plan& rows = below_filters(plan);
  const auto add_pairs = [&](const algebra::Plan& left, const algebra::Plan* right) {
    above.emplace_back("left");
    add_paths(need.of("left"), left, above, out);
    above.back() = "right";
    right != nullptr ? add_paths(need.of("right"), *right, above, out)
                     : add_fields(need.of("right"), above, out);
    above.pop_back();
  };
  if (const auto* const join = std::get_if<algebra::Join>(&rows.node)) {
    if (makes_pairs(*join)) return add_pairs(*join->left, join->right.get());
    if (join->kind != algebra::JoinKind::mark) return add_paths(need, *join->left, above, out);
  }
  if (const auto* const join = std::get_if<algebra::LookupJoin>(&rows.node)) {
    return add_pairs(*join->outer, nullptr);
  }
  add_fields(need, above, out);
}

}  // namespace

bool makes_pairs(const algebra::Join& join) {
  return join.kind == algebra::JoinKind::inner || join.kind == algebra::JoinKind::left;
}

std::vector<value::Path> paths_of(const Need& need, const algebra::Plan& plan) {
  std::vector<value::Path> paths;
  Names above;
  add_paths(need, plan, above, paths);
  return paths;
}

Need need_of(const value::Path& path) {
  Need need;
  Need* at = &need;
  for (const value::Path::Segment& segment : path.segments()) at = &at->field(segment.name);
  at->all = true;
  return need;
}

std::size_t place_of(const value::FieldRequest& field, std::vector<value::FieldRequest>& requests) {
  const auto known = std::ranges::find_if(requests, [&](const value::FieldRequest& request) {
    return request.want == field.want && request.path == field.path;
  });
  if (known != requests.end()) return static_cast<std::size_t>(known - requests.begin());
  requests.push_back(field);
  return requests.size() - 1;
}

std::vector<std::size_t> places_of(std::span<const value::Path> paths,
                                   std::vector<value::FieldRequest>& requests) {
  std::vector<std::size_t> places;
  for (const value::Path& path : paths) places.push_back(place_of({.path = path}, requests));
  return places;
}

RowOfPaths::RowOfPaths(std::span<const value::Path> paths) {
  for (std::size_t i = 0; i < paths.size(); ++i) {
    Node* node = &root_;
    for (const value::Path::Segment& segment : paths[i].segments()) {
      const auto known = std::ranges::find(node->below, segment.name, &Node::name);
      node = known != node->below.end() ? &*known
                                        : &node->below.emplace_back(Node{segment.name, {}, {}});
    }
    node->path = i;
  }
}

Result<Value> RowOfPaths::make(const value::Batch& batch, std::span<const std::size_t> places,
                               std::size_t row) const {
  TRY(auto made, make(root_, batch, places, row));
  const bool is_object = !root_.path && !made;
  return is_object ? Value::object({}) : std::move(made).value_or(Value());
}

// Nothing: it is missing, or all that is wanted of it is.
Result<std::optional<Value>> RowOfPaths::make(const Node& node, const value::Batch& batch,
                                              std::span<const std::size_t> places,
                                              std::size_t row) {
  if (node.path) {
    const value::Vector& column = batch.column(places[*node.path]);
    if (column.absence(row) == value::Absence::missing) return std::optional<Value>();
    TRY(Value value, column.at(row));
    return std::optional(std::move(value));
  }
  std::vector<std::optional<Value>> fields;
  std::size_t count = 0;
  bool any = false;
  for (const Node& below : node.below) {
    TRY(auto value, make(below, batch, places, row));
    any = any || value;
    // A side of a join of which nothing is there is no row.
    if (!value && !below.path) value.emplace();
    count += value ? 1 : 0;
    fields.push_back(std::move(value));
  }
  if (!any) return std::optional<Value>();
  value::ObjectMaker object(count);
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i]) object.append(node.below[i].name, *std::move(fields[i]));
  }
  return std::optional(std::move(object).finish());
}

}  // namespace octavo::exec
