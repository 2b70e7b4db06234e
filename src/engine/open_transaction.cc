#include "engine/open_transaction.h"

#include <fmt/format.h>

#include <algorithm>

namespace octavo::engine {
namespace {

std::unexpected<Error> no_savepoint(std::string_view name) {
  return fail(Code::not_found, fmt::format("The savepoint `{}` does not exist.", name));
}

}  // namespace

Status OpenTransaction::still_open() const {
  if (!ended_) return {};
  return fail(Code::invalid_argument, "The transaction has ended.");
}

Status OpenTransaction::savepoint(std::string_view name) {
  TRY_STATUS(still_open());
  std::erase(savepoints_, name);
  savepoints_.emplace_back(name);
  return {};
}

Status OpenTransaction::rollback_to(std::string_view name) {
  TRY_STATUS(still_open());
  const auto at = std::ranges::find(savepoints_, name);
  if (at == savepoints_.end()) return no_savepoint(name);
  savepoints_.erase(at + 1, savepoints_.end());
  return {};
}

Status OpenTransaction::release(std::string_view name) {
  TRY_STATUS(still_open());
  const auto at = std::ranges::find(savepoints_, name);
  if (at == savepoints_.end()) return no_savepoint(name);
  savepoints_.erase(at, savepoints_.end());
  return {};
}

Result<Lsn> OpenTransaction::commit(exec::QueryContext&) {
  TRY_STATUS(still_open());
  ended_ = true;
  return sequencer_.tip();
}

}  // namespace octavo::engine
