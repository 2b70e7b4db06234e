#include "protocol/common/setting.h"

#include <gtest/gtest.h>

namespace octavo::protocol {
namespace {

constexpr SettingRow kPort{.name = "redis-port",
                           .kind = SettingKind::port,
                           .fallback = "6379",
                           .help = "",
                           .no_number = "off"};
constexpr SettingRow kSize{.name = "memory",
                           .kind = SettingKind::bytes,
                           .fallback = "auto",
                           .help = "",
                           .no_number = "auto",
                           .minimum = 64 << 20};
constexpr SettingRow kAge{.name = "age", .kind = SettingKind::duration, .fallback = "", .help = ""};
constexpr SettingRow kThreads{
    .name = "threads", .kind = SettingKind::count, .fallback = "0", .help = "", .maximum = 256};
constexpr SettingRow kSync{.name = "sync",
                           .kind = SettingKind::choice,
                           .fallback = "no",
                           .help = "",
                           .choices = "no|everysec|always"};
constexpr SettingRow kBind{
    .name = "bind", .kind = SettingKind::addresses, .fallback = "127.0.0.1", .help = ""};

Result<SettingValue> parse(const SettingRow& row, std::vector<std::string> texts) {
  return parse_setting(row, texts);
}

std::optional<std::uint64_t> number(const SettingRow& row, const std::string& text) {
  return std::get<std::optional<std::uint64_t>>(parse(row, {text}).value());
}

TEST(Setting, Numbers) {
  EXPECT_EQ(number(kPort, "0"), 0U);
  EXPECT_EQ(number(kPort, "65535"), 65535U);
  EXPECT_EQ(number(kPort, "off"), std::nullopt);
  EXPECT_EQ(number(kSize, "2GiB"), 2ULL << 30);
  EXPECT_EQ(number(kSize, "67108864"), 64ULL << 20);
  EXPECT_EQ(number(kAge, "500ms"), 500'000'000U);
  EXPECT_EQ(number(kAge, "7d"), 7ULL * 86400 * 1'000'000'000);
}

TEST(Setting, WrongNumbersAreRefusedWithWhatIsAllowed) {
  EXPECT_EQ(parse(kPort, {"65536"}).error().what,
            "'65536' is not allowed; allowed: 0 (picks one) to 65535, or off");
  EXPECT_EQ(parse(kSize, {"1MiB"}).error().what,
            "'1MiB' is not allowed; allowed: a size such as 512MiB or 2GiB, at least 64MiB, "
            "or auto");
  EXPECT_EQ(parse(kThreads, {"257"}).error().what, "'257' is not allowed; allowed: 0 to 256");
  for (const char* text : {"", "-1", "1.5", "1 ", " 1", "0x10", "99999999999999999999", "GiB"}) {
    EXPECT_FALSE(parse(kThreads, {text})) << text;
  }
  EXPECT_FALSE(parse(kAge, {"10"}));  // of what?
  EXPECT_FALSE(parse(kAge, {"18446744073709551615d"}));
}

TEST(Setting, Choices) {
  EXPECT_EQ(std::get<std::string>(parse(kSync, {"always"}).value()), "always");
  EXPECT_EQ(parse(kSync, {"never"}).error().what,
            "'never' is not allowed; allowed: no, everysec or always");
}

TEST(Setting, Addresses) {
  EXPECT_EQ(std::get<std::vector<std::string>>(parse(kBind, {"127.0.0.1,::1", "::1"}).value()),
            (std::vector<std::string>{"127.0.0.1", "::1"}));
  EXPECT_FALSE(parse(kBind, {"localhost"}));
  EXPECT_FALSE(parse(kBind, {"127.0.0.1:80"}));
}

TEST(Setting, OnlyAddressesMayRepeat) {
  EXPECT_EQ(parse(kPort, {"1", "2"}).error().what, "given more than once");
}

}  // namespace
}  // namespace octavo::protocol
