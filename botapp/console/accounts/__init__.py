"""The pages that botapp speaks for: what each is set to, and connecting another."""
