0struct s { int a : 3; unsigned : 0; long b : 40; union { int i; float f; }; char flexible[]; };
