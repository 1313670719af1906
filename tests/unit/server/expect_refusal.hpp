//! Expects `statement` to throw a RequestError of a category whose text holds `part`.
#pragma once

#include <gtest/gtest.h>

#include "server/request_error.hpp"

#define EXPECT_REFUSAL(statement, expected_category, part)                                                             \
	try {                                                                                                              \
		statement;                                                                                                     \
		ADD_FAILURE() << "not refused: " #statement;                                                                   \
	} catch (const skein::RequestError &refusal) {                                                                     \
		EXPECT_EQ(refusal.error.category, expected_category) << refusal.what();                                        \
		EXPECT_NE(std::string(refusal.what()).find(part), std::string::npos) << refusal.what();                        \
	}
