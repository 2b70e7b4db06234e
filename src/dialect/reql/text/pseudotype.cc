#include "dialect/reql/text/pseudotype.h"

#include <fmt/format.h>

#include <array>

#include "dialect/reql/error.h"
#include "dialect/reql/text/time_text.h"

namespace octavo::reql {
namespace {

Result<Value> invalid_time(const Value& object, std::string_view reason) {
  return fail_logic(
      fmt::format("Invalid time object constructed ({}):\n{}", reason, print_short(object)));
}

Result<Value> recognise_time(const Value& object) {
  std::optional<double> epoch;
  std::optional<std::int16_t> zone;
  for (const Field& field : object.as_object()) {
    if (field.name == kTypeKey) continue;
    if (field.name == "epoch_time") {
      if (!field.value.is_number()) {
        return invalid_time(object,
                            fmt::format("field `epoch_time` must be a number (got `{}` of type {})",
                                        print_short(field.value), type_name(field.value)));
      }
      epoch = field.value.to_double();
    } else if (field.name == "timezone") {
      if (!field.value.is_string()) {
        return invalid_time(object,
                            fmt::format("field `timezone` must be a string (got `{}` of type {})",
                                        print_short(field.value), type_name(field.value)));
      }
      zone = parse_zone(field.value.as_string());
      if (!zone) {
        return invalid_time(object,
                            fmt::format("invalid timezone string `{}`", print_short(field.value)));
      }
    } else {
      return invalid_time(object, fmt::format("unrecognized field `{}`", field.name));
    }
  }
  if (!epoch) return invalid_time(object, "no field `epoch_time`");
  if (!zone) return invalid_time(object, "no field `timezone`");
  const auto at = timestamp_of(*epoch, *zone);
  if (!at) return invalid_time(object, "field `epoch_time` is out of range");
  return Value::timestamp(*at);
}

Result<Value> recognise_binary(const Value& object) {
  const Value* data = nullptr;
  for (const Field& field : object.as_object()) {
    if (field.name == kTypeKey) continue;
    if (field.name != "data") {
      return fail_logic(fmt::format("Invalid binary pseudotype: illegal `{}` key.", field.name));
    }
    data = &field.value;
  }
  if (data == nullptr) return fail_logic("Invalid binary pseudotype: lacking `data` key.");
  TRY_STATUS(check_string(*data));
  TRY(const std::string bytes, decode_base64(data->as_string()));
  return Value::bytes(bytes);
}

Result<Value> recognise_geometry(const Value& object) {
  std::vector<Field> fields;
  bool has_type = false;
  bool has_coordinates = false;
  for (const Field& field : object.as_object()) {
    if (field.name == kTypeKey) continue;
    if (field.name == "coordinates") {
      TRY_STATUS(check_array(field.value));
      has_coordinates = true;
    } else if (field.name == "type") {
      TRY_STATUS(check_string(field.value));
      has_type = true;
    } else if (field.name != "crs") {
      return fail_logic(
          fmt::format("Unrecognized field `{}` found in geometry object.", field.name));
    }
    fields.push_back(field);
  }
  if (!has_type) return fail_missing("Field `type` not found in geometry object.");
  if (!has_coordinates) return fail_missing("Field `coordinates` not found in geometry object.");
  return Value::geometry(std::move(fields));
}

Status check_literal(const Value& object) {
  for (const Field& field : object.as_object()) {
    if (field.name != kTypeKey && field.name != kLiteralValueKey) {
      return fail_logic(fmt::format("Invalid literal term with illegal key `{}`.", field.name));
    }
  }
  return {};
}

constexpr std::array<std::int8_t, 256> kBase64Values = [] {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::int8_t>(i);
  }
  return values;
}();

}  // namespace

Result<Value> recognise_pseudotype(const Value& object) {
  const Value* type = object.find(kTypeKey);
  ASSERT(type != nullptr);
  if (!type->is_string()) {
    return fail_logic(
        fmt::format("Error: Field `$reql_type$` must be a string (got `{}` of type {}):\n{}",
                    print_short(*type), type_name(*type), print_short(object)));
  }
  const std::string_view name = type->as_string();
  if (name == "TIME") return recognise_time(object);
  if (name == "BINARY") return recognise_binary(object);
  if (name == "GEOMETRY") return recognise_geometry(object);
  if (name == kLiteralType) {
    TRY_STATUS(check_literal(object));
    return object;
  }
  return fail_logic(fmt::format("Unknown $reql_type$ `PTYPE<{}>`.", name));
}

Result<std::string> decode_base64(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  std::size_t pending = 0;  // characters of the current group of four
  bool padded = false;
  for (const char character : text) {
    if (character == '=') {
      padded = true;
      continue;
    }
    if (padded) {
      return fail_logic("Invalid base64 format, data found after padding character '='.");
    }
    const std::int8_t value = kBase64Values[static_cast<unsigned char>(character)];
    if (value < 0) {
      return fail_logic(fmt::format("Invalid base64 character found: '{}'.", character));
    }
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    if (++pending == 4) {
      bytes.push_back(static_cast<char>(bits >> 16));
      bytes.push_back(static_cast<char>(bits >> 8));
      bytes.push_back(static_cast<char>(bits));
      bits = 0;
      pending = 0;
    }
  }
  if (pending == 1) {
    return fail_logic("Invalid base64 length: 1 character remaining, cannot decode a full byte.");
  }
  if (pending == 2) bytes.push_back(static_cast<char>(bits >> 4));
  if (pending == 3) {
    bytes.push_back(static_cast<char>(bits >> 10));
    bytes.push_back(static_cast<char>(bits >> 2));
  }
  return bytes;
}

}  // namespace octavo::reql
