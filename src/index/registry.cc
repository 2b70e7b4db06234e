#include "index/registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "algebra/index_answers.h"
#include "base/rows.h"
#include "index/geo/geo_index.h"
#include "index/multi_option.h"
#include "index/ordered/ordered_index.h"
#include "index/ordered/ordered_options.h"
#include "index/plane/plane_index.h"

namespace octavo::index {
namespace {

using algebra::index_answers::kAreas;
using algebra::index_answers::kBoxes;
using algebra::index_answers::kKeys;
using algebra::index_answers::kOrder;
using algebra::index_answers::kRanges;
using catalog::IndexKindId;

constexpr auto kKinds = std::to_array<KindRow>({
    {catalog::kOrderedIndex, "ordered", kKeys | kRanges | kOrder, ordered_options,
     open_ordered_index},
    {IndexKindId{1}, "geo", kAreas, multi_option, open_geo_index},
    {IndexKindId{2}, "plane", kBoxes, plane_options, open_plane_index},
});

static_assert(rows_differ(kKinds, &KindRow::id, &KindRow::name));

template <class Member, class Wanted>
const KindRow* find_by(Member member, const Wanted& wanted) {
  const auto* const row = std::ranges::find(kKinds, wanted, member);
  return row == kKinds.end() ? nullptr : row;
}

Result<const KindRow*> known_kind(IndexKindId id) {
  if (const KindRow* row = find_kind(id)) return row;
  return fail(Code::unsupported,
              fmt::format("Indexes of kind {} are not known to this version.", raw(id)));
}

}  // namespace

std::span<const KindRow> kinds() { return kKinds; }

const KindRow* find_kind(IndexKindId id) { return find_by(&KindRow::id, id); }

const KindRow* find_kind(std::string_view name) { return find_by(&KindRow::name, name); }

Result<std::shared_ptr<const Index>> open_index(const catalog::IndexDefinition& definition) {
  TRY(const KindRow* const row, known_kind(definition.kind));
  return row->open(definition);
}

Status prepare_new(catalog::IndexDefinition& definition) {
  TRY(const KindRow* const row, known_kind(definition.kind));
  TRY(definition.options, row->options(definition.options));
  TRY_STATUS(row->open(definition));
  return {};
}

}  // namespace octavo::index
