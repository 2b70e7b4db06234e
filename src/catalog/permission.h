#pragma once

// What may be permitted: the rights over rows and definitions that every protocol asks for
// (docs/security.md).

#include <cstdint>
#include <optional>
#include <string_view>

namespace octavo::catalog {

// `write` is all of `insert`, `update` and `remove`. Users are granted it as a whole, roles by its
// parts.
enum class Permission : std::uint8_t { read, write, config, connect, insert, update, remove };
constexpr Permission kPermissions[] = {Permission::read,    Permission::write,  Permission::config,
                                       Permission::connect, Permission::insert, Permission::update,
                                       Permission::remove};
constexpr Permission kPartsOfWrite[] = {Permission::insert, Permission::update, Permission::remove};
constexpr bool is_part_of_write(Permission permission) { return permission >= Permission::insert; }
std::string_view permission_name(Permission permission);

// Three-valued permissions; an unset one inherits from the wider scope.
struct Permissions {
  std::optional<bool> read;
  std::optional<bool> write;
  std::optional<bool> config;
  std::optional<bool> connect;

  bool empty() const { return !read && !write && !config && !connect; }
  friend bool operator==(const Permissions&, const Permissions&) = default;
};

// Some of them, which are given: `write` is its parts.
class PermissionSet {
 public:
  constexpr PermissionSet() = default;
  constexpr PermissionSet(Permission permission) : bits_(bits_of(permission)) {}
  constexpr explicit PermissionSet(std::uint64_t bits) : bits_(static_cast<std::uint8_t>(bits)) {}

  constexpr bool has(PermissionSet all) const { return (bits_ & all.bits_) == all.bits_; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr std::uint64_t bits() const { return bits_; }  // as they are stored

  friend constexpr PermissionSet operator|(PermissionSet one, PermissionSet other) {
    return PermissionSet(std::uint64_t{one.bits_} | other.bits_);
  }
  friend bool operator==(const PermissionSet&, const PermissionSet&) = default;

 private:
  static constexpr std::uint8_t bit(Permission permission) {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(permission));
  }
  static constexpr std::uint8_t bits_of(Permission permission) {
    if (permission != Permission::write) return bit(permission);
    std::uint8_t bits = 0;
    for (const Permission part : kPartsOfWrite) bits |= bit(part);
    return bits;
  }

  std::uint8_t bits_ = 0;
};
constexpr PermissionSet operator|(Permission one, Permission other) {
  return PermissionSet(one) | PermissionSet(other);
}
constexpr std::uint64_t kAllPermissionBits = 0b111'1101;  // no bit for `write`

}  // namespace octavo::catalog
