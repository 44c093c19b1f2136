"""Speed, CPU and memory of the worker beside other ways of doing the same job: `make bench`."""
