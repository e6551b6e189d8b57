/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include <string.h>

#include "base/faults.h"
#include "base/value.h"
#include "model-helper.h"
#include "model/pipeline/form.h"

static const char fields[] = "fields:\n"
			     "  - {name: title, required: true, min_length: 3}\n"
			     "  - {name: note}\n"
			     "  - {name: size, type: select, options: [S, M, L], default: M}\n"
			     "  - {name: must, type: select, options: [x, y]}\n"
			     "  - {name: days, type: checkboxes, options: [Mon, Tue]}\n"
			     "  - {name: many, type: checkboxes, options: [a, b], default: b}\n";

static void
parse(struct arena *arena, const char *yaml, struct form *out)
{
	struct faults faults;

	faults_init(&faults, "x.yaml");
	form_parse(arena, model_yaml(arena, yaml), PIPELINE_RULES, true, out, &faults);
	assert_string_equal(faults_text(&faults), "");
	faults_release(&faults);
}

static void
assert_form_faults(const char *yaml, const char *expected)
{
	struct arena arena = ARENA_INIT;
	struct form form;
	struct faults faults;

	faults_init(&faults, "x.yaml");
	form_parse(&arena, model_yaml(&arena, yaml), PIPELINE_RULES, true, &form, &faults);
	assert_string_equal(faults_text(&faults), expected);
	faults_release(&faults);
	arena_release(&arena);
}

static void
assert_data(const char *yaml, const char *given, const char *expected)
{
	struct arena arena = ARENA_INIT;
	struct form form;
	struct faults faults;
	const struct value *data = NULL;

	parse(&arena, yaml, &form);
	faults_init(&faults, NULL);
	form_check(&arena, &form, model_yaml(&arena, given), &data, &faults);
	assert_string_equal(faults_text(&faults), "");
	model_assert_value(data, expected);
	faults_release(&faults);
	arena_release(&arena);
}

static void
assert_refused(const char *yaml, const char *given, const char *expected)
{
	struct arena arena = ARENA_INIT;
	struct form form;
	struct faults faults;
	const struct value *data = NULL;

	parse(&arena, yaml, &form);
	faults_init(&faults, NULL);
	form_check(&arena, &form, model_yaml(&arena, given), &data, &faults);
	assert_string_equal(faults_text(&faults), expected);
	assert_null(data);
	faults_release(&faults);
	arena_release(&arena);
}

static void
no_form_has_no_fields(void **state)
{
	struct form form;
	struct faults faults;

	(void)state;
	faults_init(&faults, "x.yaml");
	form_parse(NULL, NULL, PIPELINE_RULES, true, &form, &faults);
	assert_int_equal(faults.count, 0);
	assert_int_equal(form.count, 0);
	assert_null(form_find(&form, "x"));
	assert_form_faults("{}", "");
	assert_form_faults("{fields: ~}", "");
	assert_form_faults("{fields: []}", "");
}

static void
a_field_is_an_optional_input_by_default(void **state)
{
	struct arena arena = ARENA_INIT;
	struct form form;
	const struct field *field;

	(void)state;
	parse(&arena, "fields: [{name: q}]", &form);
	field = form_find(&form, "q");
	assert_ptr_equal(field, &form.fields[0]);
	assert_string_equal(field->title, "q");
	assert_int_equal(field->type, FIELD_INPUT);
	assert_false(field->required || field->implicit || field->secret);
	assert_int_equal(field->min_length, 0);
	assert_null(field->fallback);
	assert_null(field->options);
	assert_null(field->description);
	assert_string_equal(field_type_name(FIELD_CHECKBOXES), "checkboxes");
	arena_release(&arena);
}

/* As Flowforge's API returns what was left out. */
static void
an_empty_text_for_people_is_none(void **state)
{
	struct arena arena = ARENA_INIT;
	struct faults faults;
	struct form form;

	(void)state;
	faults_init(&faults, NULL);
	form_parse(&arena,
	    model_yaml(&arena,
		"{fields: [{name: a, title: '', description: '', placeholder: '', default: '',\n"
		" options: ~, min_length: 0, required: false}]}"),
	    PIPELINE_RULES, true, &form, &faults);
	assert_string_equal(faults_text(&faults), "");
	assert_string_equal(form.fields[0].title, "a");
	assert_null(form.fields[0].description);
	assert_null(form.fields[0].placeholder);
	assert_null(form.fields[0].fallback);
	faults_release(&faults);
	arena_release(&arena);
}

static void
a_field_has_a_name_that_can_be_used(void **state)
{
	(void)state;
	assert_form_faults("fields:\n"
			   "  - {}\n"
			   "  - {name: ''}\n"
			   "  - {name: 7}\n"
			   "  - text\n"
			   "  - {name: a=b}\n"
			   "  - {name: 'secret:x'}\n"
			   "  - {name: a}\n"
			   "  - {name: a}\n",
	    "x.yaml:2:5: a form field has no 'name'\n"
	    "x.yaml:3:12: 'name' is empty\n"
	    "x.yaml:4:12: 'name' must be a string, not a number\n"
	    "x.yaml:5:5: a form field must be a map, not a string\n"
	    "x.yaml:6:12: 'a=b' cannot be the name of a form field\n"
	    "x.yaml:7:12: 'secret:x' cannot be the name of a form field\n"
	    "x.yaml:9:12: there are two form fields 'a'\n");
}

static void
each_key_of_a_field_has_its_type(void **state)
{
	(void)state;
	assert_form_faults(
	    "field: []\nfields:\n"
	    "  - {name: a, tilte: x, title: 1, type: inputt}\n"
	    "  - {name: b, required: yes, secret: 1, min_length: -1, placeholder: [x], type: 5}\n"
	    "  - {name: c, type: zzz, min_length: 1.5}\n",
	    "x.yaml:1:1: unknown key 'field' in the form, did you mean 'fields'?\n"
	    "x.yaml:3:15: unknown key 'tilte' in a form field, did you mean 'title'?\n"
	    "x.yaml:3:32: 'title' must be a string, not a number\n"
	    "x.yaml:3:41: unknown field type 'inputt', did you mean 'input'?\n"
	    "x.yaml:4:25: 'required' must be a boolean, not a string\n"
	    "x.yaml:4:38: 'secret' must be a boolean, not a number\n"
	    "x.yaml:4:53: 'min_length' must be a whole number, not negative\n"
	    "x.yaml:4:70: 'placeholder' must be a string, not a list\n"
	    "x.yaml:4:81: 'type' must be a string, not a number\n"
	    "x.yaml:5:21: unknown field type 'zzz' (there are input, text, select, checkboxes, integer, "
	    "number, boolean, date, datetime, duration, user)\n"
	    "x.yaml:5:38: 'min_length' must be a whole number, not negative\n");
	/* what a type asks for is not known when the type is not */
	assert_form_faults("fields:\n"
			   "  - {name: a, type: selct, options: [a, b], default: [x]}\n"
			   "  - {name: b, type: [select], options: [1]}\n",
	    "x.yaml:2:21: unknown field type 'selct', did you mean 'select'?\n"
	    "x.yaml:3:21: 'type' must be a string, not a list\n"
	    "x.yaml:3:41: an option must be text that is not empty: put it in quotes\n");
	assert_form_faults("fields: {a: b}", "x.yaml:1:9: 'fields' must be a list, not a map\n");
}

static void
select_and_checkboxes_have_options(void **state)
{
	(void)state;
	assert_form_faults("fields:\n"
			   "  - {name: a, type: select}\n"
			   "  - {name: b, type: checkboxes, options: []}\n"
			   "  - {name: c, type: select, options: ~}\n"
			   "  - {name: d, type: select, options: S}\n"
			   "  - {name: e, options: [x]}\n"
			   "  - {name: f, options: []}\n"
			   "  - {name: g, type: select, options: [a, '', 1, true, [x], a, ~]}\n"
			   "  - {name: h, type: select, options: [a], min_length: 1}\n",
	    "x.yaml:2:5: a select field needs 'options'\n"
	    "x.yaml:3:42: a checkboxes field needs 'options'\n"
	    "x.yaml:4:38: a select field needs 'options'\n"
	    "x.yaml:5:38: 'options' must be a list, not a string\n"
	    "x.yaml:6:24: an input field has no 'options': its type is select or checkboxes?\n"
	    "x.yaml:8:42: an option must be text that is not empty\n"
	    "x.yaml:8:46: an option must be text that is not empty: put it in quotes\n"
	    "x.yaml:8:49: an option must be text that is not empty: put it in quotes\n"
	    "x.yaml:8:55: an option must be text that is not empty\n"
	    "x.yaml:8:60: option 'a' is given twice\n"
	    "x.yaml:8:63: an option must be text that is not empty\n"
	    "x.yaml:9:55: 'min_length' is for input and text fields\n");
}

static void
a_default_is_an_answer_that_fits(void **state)
{
	(void)state;
	assert_form_faults("fields:\n"
			   "  - {name: a, type: select, options: [S, M], default: XL}\n"
			   "  - {name: b, type: select, options: [S, M], default: [S]}\n"
			   "  - {name: c, type: checkboxes, options: [S, M], default: [S, L]}\n"
			   "  - {name: d, type: checkboxes, options: [S, M], default: [S, S]}\n"
			   "  - {name: e, default: [x]}\n"
			   "  - {name: f, default: ab, min_length: 3}\n"
			   "  - {name: g, type: checkboxes, options: [S, M], default: 1}\n"
			   "  - {name: h, type: checkboxes, options: [S, M], default: [S, M]}\n"
			   "  - {name: i, type: select, options: [S, M], default: ''}\n"
			   "  - {name: j, type: select, options: [S, M], default: ~}\n"
			   "  - {name: k, type: select, default: S}\n",
	    "x.yaml:2:55: the default of 'a': 'XL' is not one of S, M\n"
	    "x.yaml:3:55: the default of 'b': a list is not one of S, M\n"
	    "x.yaml:4:59: the default of 'c': 'L' is not one of S, M\n"
	    "x.yaml:5:59: the default of 'd': 'S' is given twice\n"
	    "x.yaml:6:24: the default of 'e': it takes one value, not a list\n"
	    "x.yaml:7:24: the default of 'f': it needs at least 3 characters\n"
	    "x.yaml:8:59: the default of 'g': it takes a list, not a number\n"
	    "x.yaml:12:5: a select field needs 'options'\n");
}

static void
what_is_left_out_gets_its_default(void **state)
{
	(void)state;
	assert_data(fields, "{title: abc}", "{title: abc, size: M, many: [b]}");
	assert_data(
	    fields, "{many: ~, size: ~, note: ~, title: abc}", "{title: abc, size: M, many: [b]}");
	assert_data("{fields: []}", "{}", "{}");
}

static void
the_data_stands_in_the_order_of_the_form(void **state)
{
	(void)state;
	assert_data(fields, "{many: [a], days: [Tue, Mon], must: y, size: S, note: n, title: abc}",
	    "{title: abc, note: n, size: S, must: y, days: [Tue, Mon], many: [a]}");
}

static void
an_empty_answer_is_an_answer(void **state)
{
	(void)state;
	assert_data(fields, "{title: abc, note: '', size: '', must: '', days: '', many: []}",
	    "{title: abc, note: '', size: '', must: '', days: [], many: []}");
}

static void
one_box_that_is_ticked_is_a_list(void **state)
{
	(void)state;
	assert_data(
	    fields, "{title: abc, days: Mon}", "{title: abc, size: M, days: [Mon], many: [b]}");
}

static void
a_required_field_is_filled_in(void **state)
{
	static const char all[] = "fields:\n"
				  "  - {name: a, required: true}\n"
				  "  - {name: b, required: true, type: select, options: [x]}\n"
				  "  - {name: c, required: true, type: checkboxes, options: [x]}\n"
				  "  - {name: d, required: true, default: d}\n";

	(void)state;
	assert_refused(all, "{}",
	    "form field 'a': it is required\nform field 'b': it is required\nform field 'c': it is required\n");
	assert_refused(all, "{a: '', b: ~, c: [], d: ''}",
	    "form field 'a': it is required\nform field 'b': it is required\n"
	    "form field 'c': it is required\nform field 'd': it is required\n");
	assert_data(all, "{a: 0, b: x, c: x}", "{a: 0, b: x, c: [x], d: d}");
}

static void
a_length_is_counted_in_characters(void **state)
{
	(void)state;
	assert_refused(
	    fields, "{title: äö}", "form field 'title': it needs at least 3 characters\n");
	assert_data("fields: [{name: a, min_length: 3}]", "{a: äöü}", "{a: äöü}");
	assert_data("fields: [{name: a, min_length: 3}]", "{a: 日本語}", "{a: 日本語}");
	assert_refused("fields: [{name: a, min_length: 3}]", "{a: 🎂🎂}",
	    "form field 'a': it needs at least 3 characters\n");
	assert_refused("fields: [{name: a, min_length: 3}]", "{a: 12}",
	    "form field 'a': it needs at least 3 characters\n");
	/* whether it must be filled in at all is another question */
	assert_data("fields: [{name: a, min_length: 3}]", "{a: ''}", "{a: ''}");
}

static void
an_answer_fits_its_field(void **state)
{
	(void)state;
	assert_refused(fields,
	    "{title: [abc], note: {a: b}, size: XL, must: 1, days: [Wed], many: {}}",
	    "form field 'title': it takes one value, not a list\n"
	    "form field 'note': it takes one value, not a map\n"
	    "form field 'size': 'XL' is not one of S, M, L\n"
	    "form field 'must': a number is not one of x, y\n"
	    "form field 'days': 'Wed' is not one of Mon, Tue\n"
	    "form field 'many': it takes a list, not a map\n");
	assert_refused(fields, "{title: abc, days: [Mon, Mon], many: [[a]], size: [S]}",
	    "form field 'size': a list is not one of S, M, L\n"
	    "form field 'days': 'Mon' is given twice\n"
	    "form field 'many': a list is not one of a, b\n");
	assert_refused(fields, "{title: abc, days: Wed, size: s}",
	    "form field 'size': 's' is not one of S, M, L\n"
	    "form field 'days': 'Wed' is not one of Mon, Tue\n");
}

static void
an_answer_to_a_secret_field_is_not_told(void **state)
{
	static const char secret[] =
	    "fields:\n"
	    "  - {name: s, type: select, secret: true, options: [x, y]}\n"
	    "  - {name: c, type: checkboxes, secret: true, options: [x, y]}\n"
	    "  - {name: i, secret: true, min_length: 9}\n";

	(void)state;
	assert_refused(secret, "{s: LEAKME, c: LEAKME, i: LEAKME}",
	    "form field 's': it is not one of x, y\n"
	    "form field 'c': it is not one of x, y\n"
	    "form field 'i': it needs at least 9 characters\n");
	assert_refused(secret, "{c: [x, LEAKME]}", "form field 'c': it is not one of x, y\n");
	assert_refused(secret, "{c: [x, x]}", "form field 'c': an option is given twice\n");
}

static void
a_long_list_of_options_is_told_in_part(void **state)
{
	(void)state;
	assert_refused(
	    "fields: [{name: f, type: select, options: [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u]}]",
	    "{f: x}",
	    "form field 'f': 'x' is not one of a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, ...\n");
}

static void
an_unknown_field_is_refused_with_a_suggestion(void **state)
{
	(void)state;
	assert_refused(fields, "{titel: abc, frobnicate: 1, title: abc}",
	    "the form has no field 'titel', did you mean 'title'?\n"
	    "the form has no field 'frobnicate'\n");
}

static void
form_data_is_a_map(void **state)
{
	(void)state;
	assert_refused(fields, "[title]", "the form data must be a map, not a list\n");
	assert_refused(fields, "title", "the form data must be a map, not a string\n");
}

static void
many_unknown_fields_are_refused_quickly(void **state)
{
	struct arena arena = ARENA_INIT;
	struct strbuf text = STRBUF_INIT;
	struct form form;
	struct faults faults;
	const struct value *data = NULL;

	(void)state;
	strbuf_addstr(&text, "fields:\n");
	for (int i = 0; i < 30000; i++)
		strbuf_addf(&text, " - {name: field%05d}\n", i);
	parse(&arena, text.buf, &form);
	strbuf_reset(&text);
	for (int i = 0; i < 40000; i++)
		strbuf_addf(&text, "filed%05d: x\n", i);
	faults_init(&faults, NULL);
	form_check(&arena, &form, model_yaml(&arena, text.buf), &data, &faults);
	assert_int_equal(faults.count, 40000);
	faults_release(&faults);
	strbuf_release(&text);
	arena_release(&arena);
}

static void
a_placeholder_of_an_empty_field_stands_for_nothing(void **state)
{
	struct arena arena = ARENA_INIT;
	struct form form;
	const struct value *data;

	(void)state;
	parse(&arena, fields, &form);
	data = model_yaml(&arena, "{title: abc, many: [a]}");
	model_assert_value(form_value(&form, data, "title"), "abc");
	model_assert_value(form_value(&form, data, "many"), "[a]");
	model_assert_value(form_value(&form, data, "note"), "''");
	model_assert_value(form_value(&form, data, "size"), "''");
	model_assert_value(form_value(&form, data, "days"), "[]");
	assert_null(form_value(&form, data, "unknown"));
	model_assert_value(form_value(&form, NULL, "note"), "''");
	arena_release(&arena);
}

static void
implicit_fields_are_required_inputs(void **state)
{
	struct arena arena = ARENA_INIT;
	struct form form;
	struct strbuf err = STRBUF_INIT;

	(void)state;
	parse(&arena, "fields: [{name: a}]", &form);
	for (int i = 0; i < 100; i++)
		form_add_implicit(&arena, &form, arena_printf(&arena, "i%d", i));
	assert_int_equal(form.count, 101);
	assert_string_equal(form_find(&form, "i77")->title, "i77");
	assert_true(form_find(&form, "i77")->implicit);
	assert_false(form_find(&form, "a")->implicit);
	assert_int_equal(field_check(form_find(&form, "i77"), NULL, NULL, &err), -1);
	assert_string_equal(err.buf, "it is required");
	strbuf_release(&err);
	arena_release(&arena);
}

static const char old_fields[] = "fields:\n"
				 "  - {name: title}\n"
				 "  - {name: gone}\n"
				 "  - {name: days, type: checkboxes, options: [Mon, Tue]}\n"
				 "  - {name: pin, secret: true}\n"
				 "  - {name: word, secret: true}\n"
				 "  - {name: note}\n";

static const char new_fields[] = "fields:\n"
				 "  - {name: title, required: true}\n"
				 "  - {name: days, type: checkboxes, options: [Mon, Tue]}\n"
				 "  - {name: pin, secret: true}\n"
				 "  - {name: word}\n"
				 "  - {name: note, default: x}\n"
				 "  - {name: new, required: true}\n";

static void
assert_taken_over(
    const char *old_data, const char *given, const char *expected, const char *expected_dropped)
{
	struct arena arena = ARENA_INIT;
	struct form old, form;
	struct value *all = model_yaml(&arena, given);
	struct value *dropped = value_new(&arena, VALUE_LIST);

	parse(&arena, old_fields, &old);
	parse(&arena, new_fields, &form);
	form_take_over(&arena, &form, &old, model_yaml(&arena, old_data), all, dropped);
	model_assert_value(all, expected);
	model_assert_value(dropped, expected_dropped);
	for (size_t i = 0; i < all->count; i++) {
		if (value_map_get(model_yaml(&arena, given), all->pairs[i].key->text) == NULL)
			assert_int_equal(all->pairs[i].value->line, 0);
	}
	arena_release(&arena);
}

static void
what_was_filled_in_before_is_taken_over(void **state)
{
	(void)state;
	/* what was left out stays so, unless it is required now or not known to that form */
	assert_taken_over("{}", "{}", "{days: null, pin: null, note: null}", "[]");
	assert_taken_over("{title: a, days: [Mon], pin: '1', note: b}", "{}",
	    "{title: a, days: [Mon], pin: '1', note: b}", "[]");
	assert_taken_over("{title: a, note: b}", "{note: c, new: d}",
	    "{note: c, new: d, title: a, days: null, pin: null}", "[]");
	/* a field that is gone, and a secret that would be shown */
	assert_taken_over("{title: a, gone: b, word: c, days: [], pin: d}", "{note: e}",
	    "{note: e, title: a, days: [], pin: d}", "[gone, word]");
	assert_taken_over("{word: c}", "{word: e, gone: f}",
	    "{word: e, gone: f, days: null, pin: null, note: null}", "[]");
}

static void
assert_differs(const char *yaml, const char *given, const char *data, const char *expected)
{
	struct arena arena = ARENA_INIT;
	struct form form;
	struct value *names = value_new(&arena, VALUE_LIST);

	parse(&arena, yaml, &form);
	form_compare(&arena, &form, model_yaml(&arena, given), model_yaml(&arena, data), names);
	model_assert_value(names, expected);
	arena_release(&arena);
}

/* What form_check() makes of an answer is the same as that answer. */
static void
answers_are_compared_as_they_would_be_kept(void **state)
{
	static const char *const same[][2] = {
	    {"{title: abc}", "{title: abc, size: M, many: [b]}"},
	    {"{title: abc, size: M, many: b}", "{title: abc, size: M, many: [b]}"},
	    {"{title: abc, note: ~, size: ~}", "{title: abc, size: M, many: [b]}"},
	    {"{title: abc, note: ''}", "{title: abc, note: '', size: M, many: [b]}"},
	    {"{days: Mon, title: abc}", "{title: abc, size: M, days: [Mon], many: [b]}"},
	    {"{title: abc, days: ''}", "{title: abc, size: M, days: [], many: [b]}"},
	    {"{title: 1.50}", "{title: 1.50, size: M, many: [b]}"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		assert_data(fields, same[i][0], same[i][1]);
		assert_differs(fields, same[i][0], same[i][1], "[]");
	}
}

static void
what_differs_is_told_by_the_names_of_the_fields(void **state)
{
	static const char data[] = "{title: abc, size: M, days: [Mon], many: [b]}";

	(void)state;
	assert_differs(fields, "{title: abd, days: Mon}", data, "[title]");
	assert_differs(fields, "{title: abc}", data, "[days]");
	assert_differs(fields, "{title: abc, days: [Mon, Tue], size: L}", data, "[size, days]");
	assert_differs(fields, "{title: abc, days: Mon, note: ''}", data, "[note]");
	assert_differs(fields, "{title: abc, days: Mon, colour: red}", data, "[colour]");
	assert_differs(fields, "{title: '1'}", "{title: 1, size: M, many: [b]}", "[title]");
	/* what does not fit is not what is kept */
	assert_differs(fields, "{title: {a: b}, days: true, many: {a: b}, size: [M]}", data,
	    "[title, size, days, many]");
	assert_differs(fields, "{}", data, "[title, days]");
}

static void
forms_of_many_fields_are_compared_quickly(void **state)
{
	struct arena arena = ARENA_INIT;
	struct form form;
	struct value *given = value_new(&arena, VALUE_MAP);
	struct value *data = value_new(&arena, VALUE_MAP);
	struct value *names = value_new(&arena, VALUE_LIST);

	(void)state;
	parse(&arena, "fields: []", &form);
	for (int i = 0; i < 100000; i++) {
		const char *name = arena_printf(&arena, "f%d", i);

		form_add_implicit(&arena, &form, name);
		value_map_add(&arena, data, value_string(&arena, name), value_string(&arena, "x"));
	}
	form_take_over(&arena, &form, &form, data, given, names);
	assert_int_equal(given->count, 100000);
	form_compare(&arena, &form, given, data, names);
	assert_int_equal(names->count, 0);
	arena_release(&arena);
}

/* The faults of one field of that type, in YAML. */
static void
assert_field(const char *type, const char *value, const char *fault)
{
	struct strbuf form = STRBUF_INIT, given = STRBUF_INIT, expected = STRBUF_INIT;

	strbuf_addf(&form, "fields: [{name: a, type: %s}]", type);
	strbuf_addf(&given, "{a: %s}", value);
	if (*fault == '\0') {
		assert_data(form.buf, given.buf, given.buf);
	} else {
		strbuf_addf(&expected, "form field 'a': %s\n", fault);
		assert_refused(form.buf, given.buf, expected.buf);
	}
	strbuf_release(&form);
	strbuf_release(&given);
	strbuf_release(&expected);
}

static const char one_line[] =
    "it has a line break, and an 'input' is one line ('type: text' has several)";

static void
an_input_is_one_line(void **state)
{
	static const char *const breaks[] = {"\"a\\nb\"", "\"a\\r\\nb\"", "\"\\r\"", "\"a\\n\"",
	    "\"a\\Nb\"", "\"a\\Lb\"", "\"a\\Pb\""};

	(void)state;
	for (size_t i = 0; i < sizeof(breaks) / sizeof(breaks[0]); i++)
		assert_field("input", breaks[i], one_line);
	assert_field("input", "\"\\e\\n\"", "it has a control character (U+001B)");
	assert_field("input", "שלום", "");
	assert_field("input", "\"\\u202e \\u200f \\u200b \\ufeff\"", "");
	assert_field("input", "\"\\u00a0\"", "");
}

static void
a_text_has_lines(void **state)
{
	static const char *const lines[] = {
	    "\"a\\nb\"", "\"a\\r\\n\\r\\nb\\n\"", "\"\\n\"", "\"\\ta\"", "\"a\\L\\Pb\"", "one"};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_field("text", lines[i], "");
	assert_field("text", "\"a\\rb\"", "it has a control character (U+000D)");
	assert_field("text", "\"a\\nb\\r\"", "it has a control character (U+000D)");
	assert_field("text", "\"a\\r\\r\\n\"", "it has a control character (U+000D)");
	assert_field("text", "\"a\\Nb\"", "it has a control character (U+0085)");
	assert_field("text", "[a]", "it takes one value, not a list");
	assert_data(
	    "fields: [{name: a, type: text, min_length: 3}]", "{a: \"b\\nc\"}", "{a: \"b\\nc\"}");
	assert_refused("fields: [{name: a, type: text, min_length: 4}]", "{a: \"b\\nc\"}",
	    "form field 'a': it needs at least 4 characters\n");
	assert_refused("fields: [{name: a, type: text, required: true}]", "{a: ''}",
	    "form field 'a': it is required\n");
}

/* However it was filled in: -f gives text only. */
static void
a_text_is_text(void **state)
{
	(void)state;
	assert_data(
	    "fields: [{name: a, type: text}, {name: b, type: text}, {name: c, type: text, default: 7}]",
	    "{a: 1.50, b: true}", "{a: '1.50', b: 'true', c: '7'}");
	assert_data("fields: [{name: a}, {name: b}]", "{a: 1.50, b: true}", "{a: 1.50, b: true}");
}

static void
neither_has_control_characters(void **state)
{
	struct strbuf value = STRBUF_INIT, fault = STRBUF_INIT;

	(void)state;
	for (int character = 1; character < 0x100; character++) {
		bool control = character < 0x20 || (character >= 0x7f && character < 0xa0);

		if (character == '\t' || character == '\n' || character == '\r' ||
		    character == 0x85)
			continue;
		strbuf_reset(&value);
		strbuf_reset(&fault);
		strbuf_addf(&value, "\"a\\x%02xb\"", (unsigned)character);
		if (control)
			strbuf_addf(
			    &fault, "it has a control character (U+%04X)", (unsigned)character);
		assert_field("input", value.buf, fault.buf);
		assert_field("text", value.buf, fault.buf);
	}
	assert_field("input", "\"\\t\"", "it has a control character (U+0009)");
	assert_refused("fields: [{name: a, secret: true}]", "{a: \"x\\e\"}",
	    "form field 'a': it has a control character\n");
	assert_refused("fields: [{name: a, secret: true}]", "{a: \"x\\n\"}",
	    "form field 'a': it has a line break, and an 'input' is one line ('type: text' has several)\n");
	assert_data(
	    "fields: [{name: a, secret: true, type: text}]", "{a: \"x\\ny\"}", "{a: \"x\\ny\"}");
	strbuf_release(&value);
	strbuf_release(&fault);
}

static void
a_default_is_of_the_type_too(void **state)
{
	(void)state;
	assert_form_faults("fields:\n"
			   "  - {name: a, default: \"x\\ny\"}\n"
			   "  - {name: b, default: \"x\\ty\"}\n"
			   "  - {name: c, type: text, default: \"x\\ny\"}\n"
			   "  - {name: d, type: text, options: [x]}\n"
			   "  - {name: e, type: texts}\n",
	    "x.yaml:2:24: the default of 'a': it has a line break, and an 'input' is one line "
	    "('type: text' has several)\n"
	    "x.yaml:3:24: the default of 'b': it has a control character (U+0009)\n"
	    "x.yaml:5:36: a text field has no 'options': its type is select or checkboxes?\n"
	    "x.yaml:6:21: unknown field type 'texts', did you mean 'text'?\n");
}

/* An answer from before the rule about lines stays where nothing else is given. */
static void
what_stays_in_an_update_is_not_judged_again(void **state)
{
	struct arena arena = ARENA_INIT;
	struct faults faults;
	struct form form;
	const struct value *kept = model_yaml(&arena, "{a: \"x\\ny\", b: old}"), *data = NULL;

	(void)state;
	parse(&arena, "fields: [{name: a}, {name: b}, {name: c, default: d}]", &form);
	faults_init(&faults, NULL);
	form_update(&arena, &form, kept, model_yaml(&arena, "{b: new}"), &data, &faults);
	assert_string_equal(faults_text(&faults), "");
	model_assert_value(data, "{a: \"x\\ny\", b: new, c: d}");
	data = NULL;
	form_update(
	    &arena, &form, kept, model_yaml(&arena, "{a: \"x\\ny\", unknown: 1}"), &data, &faults);
	assert_string_equal(faults_text(&faults),
	    "the form has no field 'unknown'\n"
	    "form field 'a': it has a line break, and an 'input' is one line ('type: text' has "
	    "several)\n");
	assert_null(data);
	faults_release(&faults);
	arena_release(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_empty_text_for_people_is_none),
	    cmocka_unit_test(no_form_has_no_fields),
	    cmocka_unit_test(a_field_is_an_optional_input_by_default),
	    cmocka_unit_test(a_field_has_a_name_that_can_be_used),
	    cmocka_unit_test(each_key_of_a_field_has_its_type),
	    cmocka_unit_test(select_and_checkboxes_have_options),
	    cmocka_unit_test(a_default_is_an_answer_that_fits),
	    cmocka_unit_test(what_is_left_out_gets_its_default),
	    cmocka_unit_test(the_data_stands_in_the_order_of_the_form),
	    cmocka_unit_test(an_empty_answer_is_an_answer),
	    cmocka_unit_test(one_box_that_is_ticked_is_a_list),
	    cmocka_unit_test(a_required_field_is_filled_in),
	    cmocka_unit_test(a_length_is_counted_in_characters),
	    cmocka_unit_test(an_answer_fits_its_field),
	    cmocka_unit_test(an_answer_to_a_secret_field_is_not_told),
	    cmocka_unit_test(a_long_list_of_options_is_told_in_part),
	    cmocka_unit_test(an_unknown_field_is_refused_with_a_suggestion),
	    cmocka_unit_test(form_data_is_a_map),
	    cmocka_unit_test(many_unknown_fields_are_refused_quickly),
	    cmocka_unit_test(a_placeholder_of_an_empty_field_stands_for_nothing),
	    cmocka_unit_test(implicit_fields_are_required_inputs),
	    cmocka_unit_test(what_was_filled_in_before_is_taken_over),
	    cmocka_unit_test(answers_are_compared_as_they_would_be_kept),
	    cmocka_unit_test(what_differs_is_told_by_the_names_of_the_fields),
	    cmocka_unit_test(forms_of_many_fields_are_compared_quickly),
	    cmocka_unit_test(an_input_is_one_line),
	    cmocka_unit_test(a_text_has_lines),
	    cmocka_unit_test(a_text_is_text),
	    cmocka_unit_test(neither_has_control_characters),
	    cmocka_unit_test(a_default_is_of_the_type_too),
	    cmocka_unit_test(what_stays_in_an_update_is_not_judged_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
