#include "base/crypto.h"

#include <gtest/gtest.h>

#include "base/running_hash.h"
#include "base/text.h"

namespace octavo {
namespace {

// FIPS 180-4 examples.
TEST(Crypto, Sha) {
  EXPECT_EQ(format_hex(sha1("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(format_hex(sha256("")),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(format_hex(sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Crypto, HashesOfPieces) {
  RunningHash hash(HashKind::md5);
  hash.add("a");
  hash.add("");
  hash.add("bc");
  EXPECT_EQ(hash.finish(), hash_of(HashKind::md5, "abc"));
}

// RFC 1321 appendix A.5, FIPS 180-4 examples.
TEST(Crypto, HashesByKind) {
  const auto hex = [](HashKind kind) { return format_hex(hash_of(kind, "abc")); };
  EXPECT_EQ(hex(HashKind::md5), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(hash_of(HashKind::sha1, "abc"), sha1("abc"));
  EXPECT_EQ(hex(HashKind::sha224), "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7");
  EXPECT_EQ(hash_of(HashKind::sha256, "abc"), sha256("abc"));
  EXPECT_TRUE(
      hex(HashKind::sha384).starts_with("cb00753f45a35e8bb5a03d699ac65007272c32ab0eded163"));
  EXPECT_TRUE(
      hex(HashKind::sha512).starts_with("ddaf35a193617abacc417349ae20413112e6fa4e89a97ea2"));
}

// RFC 4231 test case 2.
TEST(Crypto, Hmac) {
  EXPECT_EQ(format_hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(format_hex(hmac_sha256("", "")),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

// RFC 7914 section 11.
TEST(Crypto, Pbkdf2) {
  EXPECT_EQ(format_hex(pbkdf2_hmac_sha256("passwd", "salt", 1)),
            "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc");
  EXPECT_EQ(format_hex(pbkdf2_hmac_sha256("Password", "NaCl", 80000)),
            "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56");
}

TEST(Crypto, ConstantTimeEqual) {
  EXPECT_TRUE(constant_time_equal("", ""));
  EXPECT_TRUE(constant_time_equal("secret", "secret"));
  EXPECT_FALSE(constant_time_equal("secret", "secreT"));
  EXPECT_FALSE(constant_time_equal("secret", "secre"));
}

}  // namespace
}  // namespace octavo
