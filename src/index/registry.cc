#include "index/registry.h"

#include "index/geo/geo_index.h"
#include "index/ordered/ordered_index.h"

namespace octavo::index {
namespace {

struct KindRow {
  catalog::IndexKind kind;
  Result<std::shared_ptr<const Index>> (*open)(const catalog::IndexDefinition&);
};

constexpr KindRow kKinds[] = {
    {catalog::IndexKind::ordered, open_ordered_index},
    {catalog::IndexKind::geo, open_geo_index},
};

}  // namespace

Result<std::shared_ptr<const Index>> open_index(const catalog::IndexDefinition& definition) {
  for (const KindRow& row : kKinds) {
    if (row.kind == definition.kind) return row.open(definition);
  }
  return fail(Code::unsupported, "Indexes of this kind are not supported yet.");
}

}  // namespace octavo::index
