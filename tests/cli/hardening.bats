#!/usr/bin/env bats
# What the compiler and the linker do against faults, in the programs as they are installed.
#
# shellcheck disable=SC2016,SC2154 # $0x0 is machine code; output is set by run

load helper

setup() {
	is_sanitized && skip "only the release is hardened"
	set_up_workspace
	programs=("$BUILD/bin/svcreq" "$BUILD/libexec/svcreq/svcreq-run")
}

is_x86() {
	[[ $(uname -m) == x86_64 ]]
}

# compiler_knows <flag>: as src/hardening.mk asks it.
compiler_knows() {
	grep -qxF -- "HARDEN += $1" "$BUILD/hardening"
}

@test "both programs are PIE, with full RELRO and without an executable stack" {
	local program

	for program in "${programs[@]}"; do
		readelf -hW "$program" | grep -q "Type: *DYN"
		readelf -dW "$program" | grep -q "FLAGS_1.*\bPIE\b"
		readelf -dW "$program" | grep -qE "\(FLAGS\).*BIND_NOW|FLAGS_1.*\bNOW\b"
		readelf -lW "$program" | grep -q GNU_RELRO
		readelf -lW "$program" | grep -qE "GNU_STACK .* RW +0x"
		! readelf -lW "$program" | grep -E "LOAD .* RWE " || fail "$program: what can be written can be run"
		! readelf -dW "$program" | grep -E "TEXTREL|RPATH|RUNPATH" || fail "$program has these"
	done
}

@test "both programs notice a stack that was written over, and copies that do not fit" {
	local program

	for program in "${programs[@]}"; do
		run nm -u "$program"
		[[ $output == *__stack_chk_fail* ]] || fail "$program has no stack protector"
		# snprintf into arrays; FORTIFY 3 also checks copies to what was allocated in that size
		[[ $output == *__snprintf_chk* ]] || fail "$program is not fortified"
		[[ $output == *__memcpy_chk* ]] || fail "$program is fortified, but not with 3"
	done
}

@test "every object has what its file needs of the flags, and they stand behind those of the user" {
	local flags

	flags=$(<"$BUILD/flags")
	[[ $flags == *" -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3"* ]]
	compiler_knows -fstack-protector-strong
	compiler_knows -fstack-clash-protection
	# clang 14 wants a second flag
	grep -q '^HARDEN += -ftrivial-auto-var-init=zero' "$BUILD/hardening"
	run env -u MAKEFLAGS -u MAKELEVEL make -C "$ROOT" -n V=1 CFLAGS=-O2 LDFLAGS= all \
	    B="$BATS_TEST_TMPDIR/none"
	[[ $output == *" -O2 "*"-fstack-clash-protection "*"-ftrivial-auto-var-init=zero "* ]] || fail "$output"
	[[ $output == *"-D_FORTIFY_SOURCE=3"* && $output == *"-Wl,-z,relro,-z,now"* ]] || fail "$output"
}

# code_of <object> <function>: its machine code.
code_of() {
	objdump -dr --no-show-raw-insn "$1" | sed -n "/<$2>:/,/^$/p"
}

@test "returns and indirect calls go where they should (CET)" {
	local object program

	is_x86 || skip "of x86"
	for object in "$BUILD"/lib/*.a; do
		run readelf -nW "$object"
		[[ $(grep -c "^File:" <<<"$output") -eq $(grep -c "x86 feature: IBT, SHSTK" <<<"$output") ]] ||
			fail "$object has files without"
	done
	for program in "${programs[@]}"; do
		[[ $(code_of "$program" main) == *endbr64* ]] || fail "$program: main has no landing"
		run readelf -nW "$program"
		[[ $output == *SHSTK* ]] || fail "$program has no note of a shadow stack"
		# the note is for the whole program: where the libc's first file has no landing, none can
		[[ $output == *IBT* || $(readelf -nW "$(gcc -print-file-name=crt1.o)") != *IBT* ]] ||
			fail "$program has no note of IBT"
	done
}

@test "a large frame is touched page by page, and an array without a value is zeroed" {
	is_x86 || skip "of x86"
	cat >large.c <<-'EOF'
		void use(char *);
		void large(void);
		void large(void) { char bytes[65536]; use(bytes); }
	EOF
	# shellcheck disable=SC2046 # words
	gcc -O2 $(sed -n 's/^HARDEN += //p' "$BUILD/hardening") -c large.c
	run code_of large.o large
	[[ $output == *'orq    $0x0,(%rsp)'* ]] || fail "$output"
	[[ $output == *"rep stos"* || $output == *memset* ]] || fail "$output"
	# some frame of the program is as large; clang touches pages otherwise
	[[ $BUILD != *clang* ]] || return 0
	objdump -d --no-show-raw-insn "${programs[0]}" >code
	grep -qF 'orq    $0x0,(%rsp)' code
}
