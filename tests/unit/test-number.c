/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include <stdio.h>

#include "base/number.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
a_number_is_digits_without_a_zero_in_front(void **state)
{
	static const struct {
		const char *text;
		uint64_t number;
	} examples[] = {{"0", 0}, {"7", 7}, {"10", 10}, {"18446744073709551615", UINT64_MAX}};
	static const char *const others[] = {"", "00", "07", "-1", "+1", " 1", "1 ", "1.0", "1e3",
	    "0x1", "x", "18446744073709551616", "99999999999999999999999", "\xd9\xa1"};
	uint64_t number = 42;

	(void)state;
	for (size_t i = 0; i < COUNT(examples); i++) {
		assert_true(number_parse(examples[i].text, UINT64_MAX, &number));
		assert_true(number == examples[i].number);
	}
	number = 42;
	for (size_t i = 0; i < COUNT(others); i++)
		assert_false(number_parse(others[i], UINT64_MAX, &number));
	assert_int_equal(number, 42);
}

static void
a_number_is_at_most_the_maximum(void **state)
{
	static const uint64_t maxima[] = {
	    0, 1, 8, 9, 10, 99, 100, 255, 65535, INT64_MAX, UINT64_MAX - 1};
	char text[32];
	uint64_t number;

	(void)state;
	for (size_t i = 0; i < COUNT(maxima); i++) {
		snprintf(text, sizeof(text), "%llu", (unsigned long long)maxima[i]);
		assert_true(number_parse(text, maxima[i], &number));
		assert_true(number == maxima[i]);
		snprintf(text, sizeof(text), "%llu", (unsigned long long)maxima[i] + 1);
		assert_false(number_parse(text, maxima[i], &number));
	}
}

static void
digits_are_read_up_to_what_follows(void **state)
{
	uint64_t number = 42;

	(void)state;
	assert_int_equal(number_read("120s", 1000, &number), 3);
	assert_int_equal(number, 120);
	assert_int_equal(number_read("000007.json", 1000, &number), 6);
	assert_int_equal(number, 7);
	assert_int_equal(number_read("1001x", 1000, &number), 0);
	assert_int_equal(number_read("x1", 1000, &number), 0);
	assert_int_equal(number_read("", 1000, &number), 0);
	assert_int_equal(number, 7);
}

static void
hexadecimal_digits_have_values(void **state)
{
	static const char digits[] = "0123456789abcdef", capitals[] = "0123456789ABCDEF";

	(void)state;
	for (int i = 0; i < 16; i++) {
		assert_int_equal(number_hex_digit(digits[i]), i);
		assert_int_equal(number_hex_digit(capitals[i]), i);
	}
	for (const char *p = "/:@G`g \xff"; *p != '\0'; p++)
		assert_int_equal(number_hex_digit(*p), -1);
	assert_int_equal(number_read_hex("20acX", 5, 4), 0x20ac);
	assert_int_equal(number_read_hex("20ac", 3, 4), -1);
	assert_int_equal(number_read_hex("20gc", 4, 4), -1);
	assert_int_equal(number_read_hex("fffffff", 7, 7), 0xfffffff);
}

static void
assert_order(const char *less, const char *more)
{
	assert_true(number_compare(less, more) < 0);
	assert_true(number_compare(more, less) > 0);
	assert_int_equal(number_compare(less, less), 0);
	assert_int_equal(number_compare(more, more), 0);
}

static void
assert_same(const char *a, const char *b)
{
	assert_int_equal(number_compare(a, b), 0);
	assert_int_equal(number_compare(b, a), 0);
}

static void
numbers_are_compared_exactly(void **state)
{
	(void)state;
	assert_order("9", "10");
	assert_order("-10", "-9");
	assert_order("-1", "0");
	assert_order("0", "0.0001");
	assert_order("9007199254740992", "9007199254740993");
	assert_order("0.30000000000000000000000000000001", "0.30000000000000000000000000000002");
	assert_order("1e3", "1001");
	assert_order("9.99e2", "1e3");
	assert_order("0.05", "0.5");
	assert_order("-1e99999999999999999999", "1e-99999999999999999999");
	assert_order("1", "1.5");
	assert_order("1.5", "1.50001");
	assert_same("0", "-0");
	assert_same("0", "0.00e7");
	assert_same("1.5", "1.50");
	assert_same("100", "1e2");
	assert_same("100", "1.00e+2");
	assert_same("0.001", "1e-3");
	assert_same("0.0010", "0.01e-1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_number_is_digits_without_a_zero_in_front),
	    cmocka_unit_test(a_number_is_at_most_the_maximum),
	    cmocka_unit_test(digits_are_read_up_to_what_follows),
	    cmocka_unit_test(hexadecimal_digits_have_values),
	    cmocka_unit_test(numbers_are_compared_exactly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
