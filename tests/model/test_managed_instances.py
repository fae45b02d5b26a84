"""Lambda Managed Instances: how many instances the traffic needs, and what they cost. Prices of us-east-1 by hand."""

import numpy as np
import pytest

from model import Scenario, ScenarioError, evaluate, replace_at
from model.cost.lines import Bill
from model.cost.managed_instances import instance_hours, instances_needed, managed_instances_lines
from model.facts import load_regions
from model.traffic import Traffic, traffic

ON = {"aws_lambda.managed_instances": True}
HALF = {"managed_instances.target_utilisation": 0.5, "managed_instances.requests_per_environment": 16}


def option(**fields):
    """One vCPU-second of computing in each request, measured where the function has one vCPU."""
    changes = {
        "workload.duration_s": 1.0,
        "workload.cpu_share": 1.0,
        "workload.measured_at_mb": 1769,
        "assumptions": HALF,
    }
    return replace_at(
        Scenario(), changes | ON | {name.replace("__", "."): value for name, value in fields.items()}
    )


@pytest.mark.parametrize(
    ("per_s", "instances"),
    [
        pytest.param(0.001, 3, id="three for the zones"),
        pytest.param(6, 3, id="6 vCPU of work on 12 at half"),
        pytest.param(6.1, 4, id="a little more"),
        pytest.param(200, 100, id="200 vCPU on 400"),
    ],
)
def test_instances_follow_the_cpu_load_at_the_target(per_s, instances):
    found = instances_needed(option(), Traffic(np.array([per_s]), 300.0))
    assert found.tolist() == [instances]


def test_waiting_requests_need_memory_for_their_environments():
    """1,000 requests/s of 1 s that only wait: 1,000 at once, 16 to an environment, 63 of 4 GB, 4 to an instance of 16 GB."""
    scenario = option(workload__cpu_share=0.0, aws_lambda__memory_mb=4096)
    assert instances_needed(scenario, Traffic(np.array([1000.0]), 300.0)).tolist() == [16]


def test_an_environment_has_two_gigabytes_at_least_and_a_vcpu():
    """128 MB become 2 GB: 4 to an instance of 8 GB and of 4 vCPU."""
    small = option(
        workload__cpu_share=0.0, aws_lambda__memory_mb=128, aws_lambda__managed_instance_type="c7i.xlarge"
    )
    assert instances_needed(small, Traffic(np.array([1600.0]), 300.0)).tolist() == [25]


def test_instance_hours_follow_the_traffic():
    """Half of the time 3 instances, half of it 100."""
    hours = instance_hours(option(), Traffic(np.array([1.0, 200.0]), 300.0))
    assert hours == pytest.approx(730 * 51.5)


def test_a_bill_by_hand():
    """1 M requests 0.20; 100 hours of c7g.xlarge 14.50; fee 15 % 2.175; no duration."""
    scenario = option(
        workload__requests_per_s=1e6 / 730 / 3600, aws_lambda__managed_instance_type="c7g.xlarge"
    )
    lines = managed_instances_lines(scenario, 100.0)
    assert [float(line.usd) for line in lines] == pytest.approx([0.20, 14.50, 2.175])


def test_the_option_is_off_by_default_and_changes_no_other_bill():
    plain, asked = evaluate(Scenario()), evaluate(replace_at(Scenario(), ON))
    assert plain.aws_lambda.managed_bill is None
    assert asked.aws_lambda.managed_bill.total_usd > 0
    assert asked.aws_lambda.bill.total_usd == plain.aws_lambda.bill.total_usd


def test_it_has_the_same_surroundings_as_the_function():
    found = evaluate(replace_at(Scenario(), ON | {"aws_lambda.front_door": "http_api"})).aws_lambda
    around = [
        [
            (line.item, float(line.usd))
            for line in bill.lines
            if line.group not in ("Lambda", "Lambda Managed Instances")
        ]
        for bill in (found.bill, found.managed_bill)
    ]
    assert around[0] == around[1]


@pytest.mark.parametrize("region", [code for code in load_regions() if code != "us-east-1"][::8])
def test_elsewhere_no_price_is_published(region):
    scenario = option(billing__region=region)
    bill = Bill(managed_instances_lines(scenario, 100.0))
    assert bill.total_usd is None and len(bill.missing) == 3


def test_an_environment_larger_than_the_instance_is_refused():
    with pytest.raises(ScenarioError, match=r"managed_instance_type = 'c7g.xlarge' .* holds an environment"):
        option(aws_lambda__memory_mb=9000, aws_lambda__managed_instance_type="c7g.xlarge")


def test_broadcasting_equals_looping():
    rates, memory = np.array([1.0, 50.0, 3000.0]), np.array([[512], [6000]])
    scenario = option(
        workload__requests_per_s=rates, aws_lambda__memory_mb=memory, workload__pattern="diurnal"
    )
    together = instance_hours(scenario, traffic(scenario))
    for i, j in np.ndindex(2, 3):
        one = option(
            workload__requests_per_s=rates[j], aws_lambda__memory_mb=memory[i, 0], workload__pattern="diurnal"
        )
        assert together[i, j] == pytest.approx(float(instance_hours(one, traffic(one))))
