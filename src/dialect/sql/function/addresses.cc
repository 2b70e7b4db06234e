// Addresses of networks, and UUIDs: as texts and as bytes.

#include <arpa/inet.h>

#include <array>
#include <atomic>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "base/text.h"
#include "base/uuid.h"
#include "dialect/sql/function/named.h"
#include "value/text.h"

namespace octavo::sql {
namespace {

using value::Value;

enum Operation : std::uint16_t {
  kInetAton = operation_block::kMisc + 20,  // (text)
  kInetNtoa,                                // (integer)
  kInet6Aton,                               // (text)
  kInet6Ntoa,                               // (bytes)
  kIsIpv4,                                  // (text); never null
  kIsIpv6,                                  // the same
  kIsIpv4Compat,                            // (bytes); never null
  kIsIpv4Mapped,                            // the same
  kUuid,                                    // ()
  kUuidShort,                               // ()
  kUuidToBin,                               // (text, swap)
  kBinToUuid,                               // (bytes, swap)
  kIsUuid,                                  // (text)
};

constexpr std::size_t kIpv4Bytes = 4;
constexpr std::size_t kIpv6Bytes = 16;

// '10.1' is 10.0.0.1.
std::optional<std::uint32_t> read_ipv4(std::string_view text) {
  std::uint64_t number = 0;
  std::uint32_t part = 0;
  int dots = 0;
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      part = part * 10 + static_cast<std::uint32_t>(c - '0');
      if (part > 255) return std::nullopt;
    } else if (c == '.' && dots < 3) {
      ++dots;
      number = number << 8U | part;
      part = 0;
    } else {
      return std::nullopt;
    }
  }
  if (text.empty() || text.ends_with('.')) return std::nullopt;
  for (int missing = dots; dots > 0 && missing < 3; ++missing) number <<= 8U;
  return static_cast<std::uint32_t>(number << 8U | part);
}

Result<Value> inet_aton(const SingleCall&, Args args) {
  TRY(const std::string_view text, string_at(args, 0));
  const auto number = read_ipv4(text);
  return number ? integer(*number) : Value();
}

Result<Value> inet_ntoa(const SingleCall&, Args args) {
  TRY(const std::int64_t number, integer_at(args, 0));
  if (number < 0 || number > 0xffff'ffff) return Value();
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) {
    text.append(std::to_string((number >> shift) & 0xff));
    if (shift > 0) text.push_back('.');
  }
  return Value::string(text);
}

std::optional<Bytes> address_of(std::string_view text, int family) {
  std::array<char, kIpv6Bytes> bytes{};
  if (text.contains('\0') || inet_pton(family, std::string(text).c_str(), bytes.data()) != 1) {
    return std::nullopt;
  }
  return Bytes(bytes.data(), family == AF_INET ? kIpv4Bytes : kIpv6Bytes);
}

Result<Value> inet6_aton(const SingleCall& call, Args args) {
  TRY(const std::string_view text, string_at(args, 0));
  auto bytes = address_of(text, AF_INET);
  if (!bytes) bytes = address_of(text, AF_INET6);
  if (bytes) return Value::bytes(*bytes);
  warn(call.context, error<1411>("string", text, "inet6_aton").error());
  return Value();
}

Result<Value> inet6_ntoa(const SingleCall& call, Args args) {
  TRY(const std::string_view bytes, string_at(args, 0));
  const int family = bytes.size() == kIpv4Bytes ? AF_INET : AF_INET6;
  std::array<char, INET6_ADDRSTRLEN> text{};
  const bool fits = bytes.size() == kIpv4Bytes || bytes.size() == kIpv6Bytes;
  if (fits && inet_ntop(family, bytes.data(), text.data(), text.size()) != nullptr) {
    return Value::string(text.data());
  }
  warn(call.context, error<1411>("string", format_hex(bytes), "inet6_ntoa").error());
  return Value();
}

template <int kFamily_>
Result<Value> is_address(const SingleCall&, Args args) {
  if (args[0].is_null()) return boolean(false);
  TRY(const std::string_view text, string_at(args, 0));
  return boolean(address_of(text, kFamily_).has_value());
}

// Twelve bytes of zero, of which the last two are `fill`; but not :: and ::1.
Result<Value> has_ipv4(Args args, char fill) {
  if (args[0].is_null()) return boolean(false);
  TRY(const std::string_view bytes, string_at(args, 0));
  if (bytes.size() != kIpv6Bytes) return boolean(false);
  Bytes prefix(12, '\0');
  prefix[10] = prefix[11] = fill;
  if (!bytes.starts_with(prefix)) return boolean(false);
  const std::string_view rest = bytes.substr(prefix.size());
  const bool small = rest.substr(0, 3) == std::string_view("\0\0\0", 3) &&
                     static_cast<unsigned char>(rest[3]) <= 1;
  return boolean(fill != '\0' || !small);
}

Result<Value> is_ipv4_compat(const SingleCall&, Args args) { return has_ipv4(args, '\0'); }
Result<Value> is_ipv4_mapped(const SingleCall&, Args args) { return has_ipv4(args, '\xff'); }

// Of version 1 (RFC 4122): the time in units of 100 ns since 1582, different for each call, and a
// node that is random for as long as the process runs.
Bytes time_uuid() {
  constexpr std::uint64_t kSince1582 = 0x01b2'1dd2'1381'4000;
  static std::atomic<std::uint64_t> last{0};
  static const Bytes node = [] {
    Bytes bytes = secure_random_bytes(8);
    bytes[0] = static_cast<char>((bytes[0] & 0x3f) | 0x80);
    bytes[2] = static_cast<char>(bytes[2] | 0x01);
    return bytes;
  }();
  const auto now = static_cast<std::uint64_t>(system_clock().wall_ns()) / 100 + kSince1582;
  std::uint64_t before = last.load(std::memory_order_relaxed);
  std::uint64_t time = 0;
  do {
    time = now > before ? now : before + 1;
  } while (!last.compare_exchange_weak(before, time, std::memory_order_relaxed));
  Bytes uuid;
  put_be(uuid, static_cast<std::uint32_t>(time));
  put_be(uuid, static_cast<std::uint16_t>(time >> 32U));
  put_be(uuid, static_cast<std::uint16_t>((time >> 48U & 0x0fffU) | 0x1000U));
  return uuid + node;
}

Result<Value> uuid(const SingleCall&, Args) { return Value::string(format_uuid(time_uuid())); }

Result<Value> uuid_short(const SingleCall&, Args) {
  static std::atomic<std::uint64_t> next{
      static_cast<std::uint64_t>(system_clock().wall_ns() / 1'000'000'000) << 24U};
  return Value::uint64(next.fetch_add(1, std::memory_order_relaxed));
}

// The time's high parts first, so that UUIDs made one after another are beside each other.
Bytes swapped(std::string_view bytes) {
  return Bytes(bytes.substr(6, 2))
      .append(bytes.substr(4, 2))
      .append(bytes.substr(0, 4))
      .append(bytes.substr(8));
}
Bytes swapped_back(std::string_view bytes) {
  return Bytes(bytes.substr(4, 4))
      .append(bytes.substr(2, 2))
      .append(bytes.substr(0, 2))
      .append(bytes.substr(8));
}

Result<Value> uuid_to_bin(const SingleCall&, Args args) {
  TRY(const std::string_view text, string_at(args, 0));
  TRY(const std::int64_t swap, integer_at(args, 1));
  const auto bytes = value::parse_uuid(text);
  if (!bytes) return error<1411>("string", text, "uuid_to_bin");
  return Value::bytes(swap != 0 ? swapped(*bytes) : *bytes);
}

Result<Value> bin_to_uuid(const SingleCall&, Args args) {
  TRY(const std::string_view bytes, string_at(args, 0));
  TRY(const std::int64_t swap, integer_at(args, 1));
  if (bytes.size() != 16) return error<1411>("string", format_hex(bytes), "bin_to_uuid");
  return Value::string(format_uuid(swap != 0 ? swapped_back(bytes) : Bytes(bytes)));
}

Result<Value> is_uuid(const SingleCall&, Args args) {
  TRY(const std::string_view text, string_at(args, 0));
  return boolean(value::parse_uuid(text).has_value());
}

constexpr OperationRow kOperations[] = {
    strict(kInetAton, "sql.inet_aton", 1, inet_aton),
    strict(kInetNtoa, "sql.inet_ntoa", 1, inet_ntoa),
    strict(kInet6Aton, "sql.inet6_aton", 1, inet6_aton),
    strict(kInet6Ntoa, "sql.inet6_ntoa", 1, inet6_ntoa),
    lenient(kIsIpv4, "sql.is_ipv4", 1, is_address<AF_INET>),
    lenient(kIsIpv6, "sql.is_ipv6", 1, is_address<AF_INET6>),
    lenient(kIsIpv4Compat, "sql.is_ipv4_compat", 1, is_ipv4_compat),
    lenient(kIsIpv4Mapped, "sql.is_ipv4_mapped", 1, is_ipv4_mapped),
    {.number = kUuid, .name = "sql.uuid", .flags = operation_flag::kImpure, .single = uuid},
    {.number = kUuidShort,
     .name = "sql.uuid_short",
     .flags = operation_flag::kImpure,
     .single = uuid_short},
    strict(kUuidToBin, "sql.uuid_to_bin", 2, uuid_to_bin),
    strict(kBinToUuid, "sql.bin_to_uuid", 2, bin_to_uuid),
    strict(kIsUuid, "sql.is_uuid", 1, is_uuid),
};

Result<Typed> bind_inet_aton(CallBinder& call) {
  TRY_STATUS(call.to_string(0));
  return call.make(kInetAton, big_integer(true, 21));
}

Result<Typed> bind_inet_ntoa(CallBinder& call) {
  TRY_STATUS(call.to_integer(0));
  return call.make(kInetNtoa, session_text(call, 31));
}

Result<Typed> bind_inet6_aton(CallBinder& call) {
  TRY_STATUS(call.to_string(0));
  return call.make(kInet6Aton, bytes_type(kIpv6Bytes));
}

Result<Typed> bind_inet6_ntoa(CallBinder& call) {
  TRY_STATUS(call.to_bytes(0));
  return call.make(kInet6Ntoa, session_text(call, 39));
}

template <std::uint16_t kNumber>
Result<Typed> bind_question(CallBinder& call) {
  TRY_STATUS(call.to_string(0));
  return call.make(kNumber, never_null(boolean_type()));
}

Result<Typed> bind_uuid(CallBinder& call) {
  return call.make(kUuid, never_null(session_text(call, 36)));
}

Result<Typed> bind_uuid_short(CallBinder& call) {
  return call.make(kUuidShort, never_null(big_integer(true, 21)));
}

Status bind_swap(CallBinder& call, std::vector<Value>& otherwise) {
  if (call.size() > 1) return call.to_integer(1);
  otherwise.push_back(integer(0));
  return {};
}

Result<Typed> bind_uuid_to_bin(CallBinder& call) {
  TRY_STATUS(call.to_string(0));
  std::vector<Value> swap;
  TRY_STATUS(bind_swap(call, swap));
  return call.make(kUuidToBin, never_null(bytes_type(16)), std::move(swap));
}

Result<Typed> bind_bin_to_uuid(CallBinder& call) {
  TRY_STATUS(call.to_bytes(0));
  std::vector<Value> swap;
  TRY_STATUS(bind_swap(call, swap));
  return call.make(kBinToUuid, never_null(session_text(call, 36)), std::move(swap));
}

constexpr NameRow kNames[] = {
    {"BIN_TO_UUID", 1, 2, bind_bin_to_uuid},
    {"INET6_ATON", 1, 1, bind_inet6_aton},
    {"INET6_NTOA", 1, 1, bind_inet6_ntoa},
    {"INET_ATON", 1, 1, bind_inet_aton},
    {"INET_NTOA", 1, 1, bind_inet_ntoa},
    {"IS_IPV4", 1, 1, bind_question<kIsIpv4>},
    {"IS_IPV4_COMPAT", 1, 1, bind_question<kIsIpv4Compat>},
    {"IS_IPV4_MAPPED", 1, 1, bind_question<kIsIpv4Mapped>},
    {"IS_IPV6", 1, 1, bind_question<kIsIpv6>},
    {"IS_UUID", 1, 1, bind_question<kIsUuid>},
    {"UUID", 0, 0, bind_uuid},
    {"UUID_SHORT", 0, 0, bind_uuid_short},
    {"UUID_TO_BIN", 1, 2, bind_uuid_to_bin},
};

}  // namespace

std::span<const OperationRow> address_operations() { return kOperations; }
std::span<const NameRow> address_names() { return kNames; }

}  // namespace octavo::sql
