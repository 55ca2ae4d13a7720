/* fundwatch-hospital - settlements of hospitals and pharmacies. */
#include "producers/programs.h"

int main(int argc, char **argv)
{
    return program_main(&hospital_program, argc, argv);
}
