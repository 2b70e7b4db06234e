#include "dialect/mongodb/expression/operands.h"

namespace octavo::mongodb {

Status check_text_size(const OperationCall& call, std::size_t bytes, std::uint32_t code) {
  if (bytes >= kMostTextBytes) {
    return error(code, "String size limit exceeded: {} of {} bytes", bytes, kMostTextBytes);
  }
  return call.context.require(bytes);
}

Status spend_text(const OperationCall& call, std::size_t bytes) {
  constexpr std::size_t kBytesOfStep = 64;
  return call.context.spend(bytes / kBytesOfStep);
}

Status check_array_size(const OperationCall& call, std::size_t elements) {
  TRY_STATUS(call.context.spend(elements));
  return call.context.require(elements * sizeof(value::Value));
}

std::unexpected<Error> malformed(std::string_view operation) {
  return fail(Code::type_mismatch, std::string(operation) + " has arguments of another form");
}

Status check_made(const value::Value& value) {
  if (value.depth() > kMaxNestingDepth) {
    return error(ErrorCode::overflow, "a value has more than {} levels", kMaxNestingDepth);
  }
  if (value.depth() < 2 || value.memory_bytes(kMostMadeBytes + 1) <= kMostMadeBytes) return {};
  return error(ErrorCode::bson_object_too_large, "a value has more than {} bytes", kMostMadeBytes);
}

}  // namespace octavo::mongodb
