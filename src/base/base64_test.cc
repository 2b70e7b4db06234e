#include "base/base64.h"

#include <gtest/gtest.h>

namespace octavo {
namespace {

// RFC 4648, section 10.
TEST(Base64, MatchesTheTestVectorsOfItsRfc) {
  constexpr std::pair<std::string_view, std::string_view> kVectors[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
  };
  for (const auto& [plain, encoded] : kVectors) {
    EXPECT_EQ(base64_encode(plain), encoded);
    EXPECT_EQ(base64_decode(encoded), plain);
  }
}

TEST(Base64, UrlFormHasItsOwnAlphabetAndNoPadding) {
  EXPECT_EQ(base64_encode("\xfb\xff\xfe"), "+//+");
  EXPECT_EQ(base64_url_encode("\xfb\xff\xfe"), "-__-");
  EXPECT_EQ(base64_url_encode("f"), "Zg");
  EXPECT_EQ(base64_url_decode("-__-"), "\xfb\xff\xfe");
  EXPECT_EQ(base64_url_decode("Zg=="), std::nullopt);
}

TEST(Base64, RefusesWhatItWouldNotWrite) {
  for (const std::string_view text : {"Z", "Zg", "Zg=", "Zh==", "Zm9=", "Zm9v\n", "Zm 9", "===="}) {
    EXPECT_EQ(base64_decode(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace octavo
