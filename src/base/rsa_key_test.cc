#include "base/rsa_key.h"

#include <gtest/gtest.h>

namespace octavo {
namespace {

TEST(RsaKey, OnlyItsOwnerReadsWhatWasHidden) {
  const auto key = RsaKey::make();
  EXPECT_TRUE(key->public_pem().starts_with("-----BEGIN PUBLIC KEY-----\n"));
  const auto hidden = RsaKey::encrypt_oaep(key->public_pem(), "sesame");
  ASSERT_TRUE(hidden);
  EXPECT_EQ(hidden->size(), 256u);
  EXPECT_EQ(key->decrypt_oaep(*hidden), "sesame");
  EXPECT_EQ(RsaKey::make()->decrypt_oaep(*hidden), std::nullopt);
}

TEST(RsaKey, WhatIsNotEncryptedIsRefused) {
  const auto key = RsaKey::make();
  EXPECT_EQ(key->decrypt_oaep(""), std::nullopt);
  EXPECT_EQ(key->decrypt_oaep("sesame"), std::nullopt);
  EXPECT_EQ(key->decrypt_oaep(Bytes(256, 'x')), std::nullopt);
  EXPECT_EQ(key->decrypt_oaep(Bytes(257, '\0')), std::nullopt);
  EXPECT_EQ(RsaKey::encrypt_oaep("no key", "sesame"), std::nullopt);
}

TEST(RsaKey, EverySizeUpToTheMostFits) {
  const auto key = RsaKey::make();
  const std::size_t most = 256 - 42;
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, most}) {
    const auto hidden = RsaKey::encrypt_oaep(key->public_pem(), Bytes(size, 'p'));
    ASSERT_TRUE(hidden) << size;
    EXPECT_EQ(key->decrypt_oaep(*hidden), Bytes(size, 'p'));
  }
  EXPECT_EQ(RsaKey::encrypt_oaep(key->public_pem(), Bytes(most + 1, 'p')), std::nullopt);
}

}  // namespace
}  // namespace octavo
