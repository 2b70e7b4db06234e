#include "exec/join_requests.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace octavo::exec {

std::optional<SideRequest> side_of(const value::FieldRequest& of_pair) {
  const auto& segments = of_pair.path.segments();
  if (segments.empty()) return std::nullopt;
  std::vector<std::string> names;
  for (std::size_t i = 1; i < segments.size(); ++i) names.push_back(segments[i].name);
  return SideRequest{segments.front().name == "left",
                     {.path = value::Path(std::move(names)), .want = of_pair.want}};
}

value::SchemaPtr schema_of(std::span<const value::FieldRequest> requests) {
  std::vector<value::ColumnInfo> columns;
  for (const value::FieldRequest& request : requests) {
    columns.push_back(
        {request.path.to_string(), value::ColumnType::dynamic(value::Physical::encoded)});
  }
  return std::make_shared<const value::Schema>(std::move(columns));
}

}  // namespace octavo::exec
