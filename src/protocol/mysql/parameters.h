#pragma once

// Parameters as clients send them, in the binary form: of COM_STMT_EXECUTE, and the attributes that
// come with a query. No I/O.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "dialect/sql/error/error.h"
#include "protocol/mysql/capabilities.h"
#include "protocol/mysql/column.h"
#include "protocol/mysql/payload.h"
#include "value/value.h"

namespace octavo::mysql {

constexpr std::size_t kMaxParameters = 65'535;

struct ParameterType {
  WireType type = WireType::null;
  bool is_unsigned = false;
};

struct Parameter {
  std::string name;  // mostly empty
  ParameterType type;
  // Times as instants at offset zero. Texts that are no UTF-8 as bytes. Dates that there are not,
  // such as 0000-00-00, as texts.
  value::Value value;
};

// Bytes of parameters that were sent before, by number.
using LongData = std::map<std::uint16_t, Bytes>;

// What stands behind the iterations of COM_STMT_EXECUTE.
struct ExecuteOptions {
  std::size_t count = 0;   // of the statement's parameters
  bool has_count = false;  // the client says how many come
  bool has_names = false;
};

// `types` are those of the last time, and those of the next where the client sends some. Where
// there is long data for a parameter that is its value. Nullopt: malformed.
std::optional<std::vector<Parameter>> read_parameters(PayloadReader& reader,
                                                      const ExecuteOptions& options,
                                                      const LongData& long_data,
                                                      std::vector<ParameterType>& types);

// In front of the text of COM_QUERY, with QUERY_ATTRIBUTES.
std::optional<std::vector<Parameter>> read_attributes(PayloadReader& reader);

}  // namespace octavo::mysql
