3struct { $ *a; int $; double c[$]; }
