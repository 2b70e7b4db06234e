#include "dialect/sql/bind/binding.h"

#include "dialect/sql/error/error.h"

namespace octavo::sql {
namespace {

constexpr std::size_t kMaxBlocks = 4096;

}  // namespace

Status Binding::begin_block() {
  TRY_STATUS(context_.constants.check());
  if (++blocks_ <= kMaxBlocks) return {};
  return error<1116>(std::to_string(kMaxBlocks));
}

std::unexpected<Error> not_supported(std::string_view what) { return error<1235>(what); }

}  // namespace octavo::sql
