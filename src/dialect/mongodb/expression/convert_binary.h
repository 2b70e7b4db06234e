#pragma once

// Binary data to and from strings and numbers, for $convert.

#include <cstdint>

#include "base/result.h"
#include "dialect/mongodb/expression/operation.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {

// What a value is converted to.
struct ConversionTarget {
  BsonType type = BsonType::missing;
  std::uint8_t subtype = 0;  // of binary data
};

// How bytes stand for something else. Only looked at where they do.
struct BinaryForm {
  Item format;      // of a string: "base64", "base64url", "hex", "utf8", "uuid", "auto"
  Item byte_order;  // of a number: "little", which nothing is too, or "big"
};

bool is_binary_conversion(BsonType from, BsonType to);
// conversion_failure for what does not go; 4341114, 4341115 and 4341125 for the format, 9130001 and
// 9130002 for the order of bytes.
Result<value::Value> convert_binary(const value::Value& value, const ConversionTarget& to,
                                    const BinaryForm& form);

// A target as a document: {type: "binData", subtype: 4}; 4341106 to 4341108 for the subtype.
Result<std::uint8_t> read_subtype(const value::Value& subtype);

}  // namespace octavo::mongodb
