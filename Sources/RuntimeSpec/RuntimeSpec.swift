// RuntimeSpec
