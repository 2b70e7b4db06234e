#include "base/result.h"

namespace octavo {

std::string_view code_name(Code code) {
  switch (code) {
    case Code::not_found: return "not_found";
    case Code::already_exists: return "already_exists";
    case Code::conflict: return "conflict";
    case Code::invalid_argument: return "invalid_argument";
    case Code::type_mismatch: return "type_mismatch";
    case Code::missing_value: return "missing_value";
    case Code::out_of_range: return "out_of_range";
    case Code::permission_denied: return "permission_denied";
    case Code::unauthenticated: return "unauthenticated";
    case Code::resource_exhausted: return "resource_exhausted";
    case Code::cancelled: return "cancelled";
    case Code::timed_out: return "timed_out";
    case Code::would_block: return "would_block";
    case Code::unavailable: return "unavailable";
    case Code::indeterminate: return "indeterminate";
    case Code::corrupt: return "corrupt";
    case Code::unsupported: return "unsupported";
    case Code::user_error: return "user_error";
    case Code::internal: return "internal";
  }
  return "unknown";
}

Error partly_done(const Error& reason) {
  return {Code::indeterminate, "Some of the rows were written before this: " + reason.what};
}

}  // namespace octavo
