! fortran.f90 - Fortran with what its compiler makes itself, no run-time library.
! SPDX-License-Identifier: BSD-3-Clause
function main() bind(C, name="main") result(status)
    use iso_c_binding
    implicit none
    interface
        function puts(text) bind(C, name="puts") result(done)
            import :: c_char, c_int
            character(kind=c_char), intent(in) :: text(*)
            integer(c_int) :: done
        end function
    end interface
    integer(c_int) :: status
    real(c_double) :: numbers(1000)
    integer :: i

    numbers = [(real(i, c_double), i = 1, 1000)]
    numbers = numbers * 2 + 1
    status = 0
    if (abs(sum(numbers) - 1002000) > 0.5 .or. maxval(numbers) < 2001) status = 1
    if (status == 0) then
        i = puts("fortran: all is well" // c_null_char)
    else
        i = puts("fortran: wrong" // c_null_char)
    end if
end function
