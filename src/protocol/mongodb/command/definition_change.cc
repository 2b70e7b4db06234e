#include "protocol/mongodb/command/definition_change.h"

#include <optional>
#include <utility>

#include "protocol/mongodb/command/call.h"

namespace octavo::mongodb {

Status define(CommandCall& call, const engine::Engine::Decide& decide) {
  TRY(const Lsn lsn, call.engine().define(call.user(), decide));
  call.wrote(lsn, Durability::disk);
  return {};
}

Status alter(CommandCall& call, const catalog::DecideAlteration& decide) {
  std::optional<catalog::Violation> violation;
  TRY(const Lsn lsn, call.engine().alter(decide, call.context(), violation));
  call.wrote(lsn, Durability::disk);
  return {};
}

Status define_alone(CommandCall& call, const engine::Engine::Decide& decide) {
  return alter(call, [&](const catalog::CatalogState& state) -> Result<catalog::Alteration> {
    catalog::Alteration alteration;
    TRY(alteration.changes, decide(state));
    return alteration;
  });
}

}  // namespace octavo::mongodb
